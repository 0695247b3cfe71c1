"""What is measured again and again, one file each."""

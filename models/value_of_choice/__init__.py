"""What bilateral trade can gain (section 1.1)."""

"""What people see: words, sheets, tables, pictures."""

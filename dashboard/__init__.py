"""What people see, and the few things they may do."""

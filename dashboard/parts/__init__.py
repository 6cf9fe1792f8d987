"""What stands on more than one page."""

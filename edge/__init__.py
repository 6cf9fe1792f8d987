"""What runs at a site, and what imitates one."""

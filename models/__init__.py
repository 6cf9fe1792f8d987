"""What the business knows: tables, legal moves, arithmetic. Opens no socket, reads no clock."""

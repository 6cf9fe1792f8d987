"""What a view shows of the picture, one file a view: pure."""

"""A connection and a viewer become frozen rows; one file per subject."""

"""What the pages post, one file a subject. The gate has asked for session and token; who may do what, the deed itself asks."""

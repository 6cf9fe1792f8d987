"""What stops a program at its start: the database cannot be used as it is."""


class DatabaseRefused(Exception):
    """The message says what to do."""


class KeyRefused(DatabaseRefused):
    """A secret key that lies beside the database cannot be used as it is."""

"""What goes wrong with the database, in words for the person at the terminal."""


class DatabaseError(Exception):
    """The embedded database cannot be used. The message is whole and plain: print it, not a traceback."""


class InUse(DatabaseError):
    """Another process is running this cluster."""

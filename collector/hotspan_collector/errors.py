"""What can go wrong, named for the user's situation. Each message is one line: what, where, what to do next."""


class HotspanError(Exception):
    """Root of every error hotspan raises on purpose; the command line prints it as one line and exits with 2."""


class BadInputError(HotspanError):
    """A file, an option or a query that cannot be used as given."""


class StoreError(HotspanError):
    """The store cannot be used: missing, damaged, no database, or written by a newer hotspan."""


class StoreBusyError(StoreError):
    """Another program holds the database file and did not let go in time."""

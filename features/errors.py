"""The one error for a user's mistake."""


class TreueError(ValueError):
    """A mistake in the user's data or configuration.

    Its message is complete: what is wrong, where (table.column, how many rows, up to five ids)
    and how to mend it. The command line prints it as it is and exits with 1.
    """

"""The one error of the package."""


class TreeShapError(ValueError):
    """A model or data that cannot be explained; the message says why and how to mend it."""

"""Treue: which customers will leave, which will recommend you, why, and what that is worth."""


def __getattr__(name: str) -> str:
    """Look the version up only when asked: reading package metadata would slow every start."""
    if name == "__version__":
        from importlib.metadata import version

        return version("treue")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

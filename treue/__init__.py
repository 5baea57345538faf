"""Treue: which customers will leave, which will recommend you, why, and what that is worth."""

from importlib.metadata import version

__version__ = version("treue")

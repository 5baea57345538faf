"""One training scores the same rows several times; what is odd about them is said once."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Once(logging.Filter):
    """Lets a message pass only the first time it comes with its first argument."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[tuple[object, object]] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        subject = record.args[0] if isinstance(record.args, tuple) and record.args else None
        key = (record.msg, subject)
        new = key not in self.said
        self.said.add(key)
        return new


@contextmanager
def once(logger: logging.Logger) -> Iterator[None]:
    """Let `logger` say each message once for each subject (its first argument) in the block."""
    only = _Once()
    logger.addFilter(only)
    try:
        yield
    finally:
        logger.removeFilter(only)

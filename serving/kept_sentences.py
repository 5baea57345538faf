"""Sentences that were written once and may be asked for again."""

from __future__ import annotations

from collections.abc import Hashable

Sentence = tuple[str, str]
"""German and English."""

MOST_KEPT = 100_000
"""Sentences kept for the next customers of a model: 1.7 kB each, some 170 MB at most."""


class KeptSentences:
    """Sentences by all that they show; those that nobody asked for lately are given up.

    >>> kept = KeptSentences(4)
    >>> for orders in range(10):
    ...     kept.put(orders, (f"{orders} Aufträge", f"{orders} orders"))
    ...     _ = kept.get(0)
    >>> len(kept) <= 4, kept.get(0), kept.get(5)
    (True, ('0 Aufträge', '0 orders'), None)
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._half = max(most // 2, 1)
        self._recent: dict[Hashable, Sentence] = {}
        self._older: dict[Hashable, Sentence] = {}

    def get(self, shown: Hashable) -> Sentence | None:
        """Return the sentence that shows this; None where it must be written."""
        found = self._recent.get(shown)
        if found is None:
            found = self._older.pop(shown, None)
            if found is not None:
                self.put(shown, found)
        return found

    def put(self, shown: Hashable, sentence: Sentence) -> None:
        """Keep a sentence."""
        if len(self._recent) >= self._half:
            self._older, self._recent = self._recent, {}
        self._recent[shown] = sentence

    def __len__(self) -> int:
        return len(self._recent) + len(self._older)

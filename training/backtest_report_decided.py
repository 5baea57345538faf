"""What was switched on for a model, and why, as the report tells it; reasons are English."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from treue.training.backtest_report_parts import Table, Worded

_GERMAN = {
    "blend": "Mischung",
    "level shift": "Niveau",
    "blend and level shift": "Mischung und Niveau",
    "season": "Jahreszeit",
    "trees alone": "Bäume allein",
    "every other member": "jedes zweite Mitglied",
    "none": "keine",
}
_MEMBERS = {"tree": "Bäume", "linear": "logistische Regression", "bgnbd": "BG/NBD"}
_FOLDED = Markup(
    '<details><summary>{}<span class="hidden">: {}</span></summary><span lang="en">{}</span>'
    "</details>"
)


class Decided(Worded):
    """The decisions of the model of each cutoff."""

    def table(self) -> Table | None:
        """Step, choice and reason by cutoff; None where nothing was decided."""
        rows = [
            [self.when(cutoff), *self._row(one)]
            for evaluation, cutoff in zip(
                self.found.result.evaluations, self.found.cutoffs, strict=False
            )
            for one in evaluation.decisions
        ]
        if not rows:
            return None
        heads = [self.word(key) for key in ("cutoff", "decision", "chosen", "reason")]
        return Table(heads, rows, words=True)

    def _row(self, one: Mapping[str, Any]) -> list[str | Markup]:
        name, chosen, reason = (str(one[key]) for key in ("name", "chosen", "reason"))
        if self.language == "en":
            return [name, chosen, reason]
        step = _german(name)
        return [step, _german(chosen), _FOLDED.format(self.word("reason_english"), step, reason)]


def _german(text: str) -> str | Markup:
    if text in _GERMAN:
        return _GERMAN[text]
    if re.match(r"[+-]?\d", text):  # weights of members, or how far the level is shifted
        number = re.sub(r"(\d)\.(\d)", r"\1,\2", text.replace("-", "−"))
        return re.sub(r"[a-z]\w*", lambda found: _MEMBERS.get(found[0], found[0]), number)
    return Markup('<span lang="en">{}</span>').format(text)

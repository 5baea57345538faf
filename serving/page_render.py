"""Templates with the words, formats and charts that they draw on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

from fastapi import Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from pydantic import BeforeValidator
from starlette.responses import HTMLResponse

from treue.features.catalogue import describe
from treue.serving import charts, customer_view, portfolio_charts
from treue.serving.access import current_viewer
from treue.serving.app_settings import AppSettings
from treue.serving.dossier import Dossier, Language, Plain
from treue.serving.formats import format_value
from treue.serving.language import language_of
from treue.serving.markdown import markdown, outline
from treue.serving.page_formats import Formats
from treue.serving.page_words import WORDS, word
from treue.serving.quadrants import QUADRANTS
from treue.serving.security import csrf_token
from treue.serving.store.records import (
    CalibrationWords,
    Channel,
    Direction,
    Portfolio,
    Quadrant,
    Result,
    Sort,
    TargetInfo,
)
from treue.serving.sure import care
from treue.serving.viewer import LOCAL, Viewer
from treue.svg import SHAPES

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters["abs"] = abs
TEMPLATES.globals.update(
    meter=charts.meter,
    bar=charts.bar,
    span_bar=charts.span_bar,
    share_bar=charts.share_bar,
    tone=charts.tone,
    capital=lambda text: text[:1].upper() + text[1:],
    in_words=customer_view.in_words,
    care=care,
    usual_gap=customer_view.usual_gap,
    short_changes=customer_view.short_changes,
    split=customer_view.head_and_rest,
    markdown=markdown,
    outline=outline,
)

Looking = Annotated[Viewer, Depends(current_viewer)]
Maybe = BeforeValidator(lambda value: None if value == "" else value)
"""Browsers send a field of a form that was left empty, too."""

FIGURES = ("auroc", "average_precision", "log_loss", "brier", "ece", "lift_10")
"""Of a model's figures at a cutoff, those a page has room for."""


def render(
    request: Request,
    viewer: Viewer,
    template: str,
    *,
    currency: str | None,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Return a page in the reader's language."""
    settings = request.app.state.settings
    language = language_of(request)
    words = Words(language, Formats(language, currency or settings.currency))
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    content = TEMPLATES.get_template(template).render(
        language=language,
        company=settings.pages.company,
        viewer=viewer,
        viewer_name=_viewer_name(viewer, settings, words),
        csrf_token=csrf_token(request),
        address=address,
        **words.helpers(values),
        **values,
    )
    return HTMLResponse(content.encode("utf-8", "replace"), status)


def _viewer_name(viewer: Viewer, settings: AppSettings, words: Words) -> str:
    """Who is looking; without sign-in it is whoever sits at this machine."""
    nobody = viewer.name == LOCAL and viewer == settings.local_viewer
    return words.word("this_computer") if nobody else viewer.name


class Words:
    """What templates call: words, numbers and charts in one language."""

    def __init__(self, language: Language, formats: Formats) -> None:
        self._language = language
        self._formats = formats

    def helpers(self, values: dict[str, Any]) -> dict[str, Any]:
        """Functions for all templates, and those for what this page shows."""
        found: dict[str, Any] = {
            "t": self.word,
            "f": self._formats,
            "percent": "\xa0%" if self._language == "de" else "%",
            "count": self.count,
            "quote": self.quote,
            "quantity": self.quantity,
            "value_of": self.value_of,
            "fact": self.fact,
            "delta_short": self.delta_short,
            "chip": self.chip,
            "chip_many": self.chip_many,
        }
        if "d" in values:
            found |= self._customer(values["d"], values["history"])
        if "p" in values:
            found |= self._portfolio(values["p"])
        if "q" in values:
            found |= self._worklist()
        if "targets" in values:
            found |= {
                "figure_names": figure_names,
                "figure_name": lambda name: self.word(f"figure_{name}"),
                "picture_words": self.picture_words,
                "pictures_of": lambda target: pictures_of(values["pictures"], target),
            }
        return found

    def word(self, key: str, **values: object) -> str:
        """The page's word for a key."""
        return word(key, self._language, **values)

    def count(self, customers: int) -> str:
        """So many customers."""
        if customers == 1:
            return self.word("customers_one")
        return self.word("customers_many", n=self._formats.number(customers, 0))

    def quote(self, text: str) -> str:
        """What somebody may say, in quotation marks."""
        return f"„{text}“" if self._language == "de" else f"“{text}”"

    def quantity(self, value: float, unit: str) -> str:
        """A number of the value card."""
        if unit == "money":
            return self._formats.money(value)
        if unit == "share":
            return self._formats.fine_share(value)
        number = self._formats.number(value)
        return self.word("days", n=number) if unit == "days" else number

    def value_of(self, value: Plain, unit: str) -> str:
        """A feature's value as in the reasons."""
        if value is None or value != value:  # NaN differs from itself
            return "–"
        if unit == "wave":
            return ""
        return format_value(value, unit, self._language, self._formats.currency)

    def fact(self, value: Plain) -> str:
        """A company's own attribute."""
        if isinstance(value, bool):
            return self.word("yes" if value else "no")
        if isinstance(value, int | float):
            return self._formats.number(value)
        return value or "–"

    def delta_short(self, points: float) -> Markup:
        """A change of the likelihood of leaving, without the word for points."""
        points = round(points, 1)
        kind = charts.tone(points, "churn") if points else "same"
        return Markup('<span class="delta {}">{}</span>').format(kind, self._formats.signed(points))

    def chip(self, quadrant: Quadrant) -> Markup:
        """A quadrant's mark and name."""
        name = QUADRANTS[quadrant].in_(self._language)
        return _chip(quadrant, name[:1].upper() + name[1:])

    def chip_many(self, quadrant: Quadrant) -> Markup:
        """A quadrant's mark and its customers' name."""
        return _chip(quadrant, self.word(f"quadrants_{quadrant}"))

    def picture_words(self, name: str) -> str:
        """What a picture of a model shows, from its name: ``churn_shap_bar``."""
        _, _, kind = name.partition("_")
        dependence = "shap_dependence_"
        if kind.startswith(dependence):
            feature = describe(kind.removeprefix(dependence))
            phrase = feature.de if self._language == "de" else feature.en
            return self.word("picture_dependence", name=phrase)
        key = f"picture_{kind}"
        return self.word(key) if key in WORDS else name

    def _customer(self, dossier: Dossier, history: Sequence[Any]) -> dict[str, Any]:
        rows = [(p.cutoff, p.churn_probability, p.referral_probability) for p in history]
        return {
            "card_line": lambda key: customer_view.card_line(dossier, key),
            "waterfall": lambda asked: customer_view.waterfall(asked, self._language),
            "lanes": lambda: charts.lanes(dossier.timeline, dossier.cutoff, self._formats),
            "history_chart": lambda: charts.history_chart(rows, self._formats),
            "channels": self._options("channel", get_args(Channel)),
            "results": self._options("result", get_args(Result)),
        }

    def _worklist(self) -> dict[str, Any]:
        everything = ("", self.word("all"))
        return {
            "quadrants": [everything, *self._options("quadrants", get_args(Quadrant))],
            "changes": [everything, *self._options("changed", get_args(Direction))],
            "sorts": self._options("sort", get_args(Sort)),
        }

    def _options(self, kind: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        return [(key, self.word(f"{kind}_{key}")) for key in keys]

    def _portfolio(self, p: Portfolio) -> dict[str, Any]:
        points = [
            (point.churn_probability, point.referral_probability, point.quadrant, point.customers)
            for point in p.points
            if point.quadrant is not None
        ]
        by_target: dict[str, list[CalibrationWords]] = {}
        for words in p.calibration:
            by_target.setdefault(words.target, []).append(words)
        limits = p.thresholds
        formats = self._formats
        return {
            "map_rows": map_rows(points),
            "calibration": list(by_target.items()),
            "share_of_all": lambda n: self.word(
                "of_customers", share=formats.fine_share(n / p.customers if p.customers else 0)
            ),
            "map_chart": lambda: portfolio_charts.quadrant_map(
                points,
                thresholds=(limits.churn, limits.referral) if limits else (0.5, 0.5),
                formats=formats,
                label=self.word("map"),
            ),
            "risk_chart": lambda: portfolio_charts.columns(
                [(r.cutoff, r.margin_at_risk) for r in sorted(p.risk, key=lambda r: r.cutoff)],
                formats=formats,
                label=self.word("risk_by_run"),
            ),
            "calibration_chart": lambda target, rows: portfolio_charts.calibration_chart(
                [(row.bin.predicted, row.bin.observed, row.bin.rows) for row in rows],
                target,
                formats,
                self.word("calibration"),
            ),
        }


def _chip(quadrant: Quadrant, name: str) -> Markup:
    return Markup(
        '<span class="chip {}"><svg aria-hidden="true" width="12" height="12" '
        'viewBox="-6 -6 12 12"><path d="{}"/></svg>{}</span>'
    ).format(quadrant, SHAPES[portfolio_charts.QUADRANT_SHAPES[quadrant]], name)


def figure_names(info: TargetInfo) -> list[str]:
    """Figures that at least one cutoff of a model has."""
    return [name for name in FIGURES if any(name in row.figures for row in info.figures)]


def pictures_of(names: Sequence[str], target: str) -> list[str]:
    """A model's pictures, what all features do before what one does."""
    own = [name for name in names if name.startswith(f"{target}_")]
    return sorted(own, key=lambda name: (not name.startswith(f"{target}_shap"), name))


def map_rows(
    points: Sequence[tuple[float, float, str, int]],
) -> list[tuple[str, int, float, float]]:
    """Quadrant, customers and their mean likelihoods: the map as a table."""
    rows = []
    for quadrant in get_args(Quadrant):
        own = [point for point in points if point[2] == quadrant]
        total = sum(point[3] for point in own)
        if total:
            churn = sum(point[0] * point[3] for point in own) / total
            rows.append((quadrant, total, churn, sum(p[1] * p[3] for p in own) / total))
    return rows

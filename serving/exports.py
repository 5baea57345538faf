"""Files to take along: the worklist for colleagues, and sentences for letters to customers."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from treue.serving.access import current_viewer
from treue.serving.api import Database, Wanted
from treue.serving.dossier import Language, Text
from treue.serving.guard import refuse_internal
from treue.serving.language import language_of
from treue.serving.quadrants import QUADRANTS
from treue.serving.refusals import Refused
from treue.serving.store import Store, WorklistPage, WorklistQuery, WorklistRow
from treue.serving.table_files import Cell, to_csv, to_xlsx
from treue.serving.viewer import Viewer

MOST_ROWS = 20_000
INTERNAL = Text(de="intern – nicht weitergeben", en="internal – do not pass on")
TOO_MANY = Text(
    de="Das sind mehr als 20.000 Kunden. Bitte grenzen Sie die Arbeitsliste vorher ein.",
    en="These are more than 20,000 customers. Please narrow the worklist down first.",
)
HEAD = [
    Text(de="Kundennummer", en="Customer number"),
    Text(de="Name", en="Name"),
    Text(de="Betreut von", en="Account manager"),
    Text(de="Wahrscheinlichkeit der Abwanderung", en="Likelihood of leaving"),
    Text(de="Wahrscheinlichkeit der Empfehlung", en="Likelihood of recommending"),
    Text(de="Gruppe", en="Group"),
    Text(de="Deckungsbeitrag auf dem Spiel", en="Margin at risk"),
    Text(de="Erwarteter Gewinn eines Kontakts", en="Expected profit of a contact"),
    Text(de="Veränderung in Punkten", en="Change in points"),
    Text(de="Wichtigster Grund", en="Main reason"),
    Text(de="Vorschlag", en="Suggestion"),
    Text(de="Zuletzt in Treue festgehalten", en="Last recorded in Treue"),
    Text(de="Auf der Anrufliste", en="On the call list"),
    Text(de="Hinweis", en="Notice"),
]
ON_PLAN = {
    "call": Text(de="anrufen", en="call"),
    "hold_out": Text(de="nicht anrufen (Vergleichsgruppe)", en="do not call (comparison group)"),
}
LETTERS = [HEAD[0], HEAD[1], Text(de="Satz", en="Sentence")]
FILES = {
    "worklist": Text(de="arbeitsliste-intern", en="worklist-internal"),
    "letters": Text(de="anschreiben", en="letters"),
}
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

router = APIRouter(prefix="/export", include_in_schema=False)
Seen = Annotated[Viewer, Depends(current_viewer)]
Speech = Annotated[Language, Depends(language_of)]


@router.get("/worklist.csv")
def worklist_csv(
    request: Request, viewer: Seen, store: Database, query: Wanted, language: Speech
) -> Response:
    """Return the worklist as the viewer filtered it, marked as internal in each row."""
    page = _noted(request, viewer, _all(store, viewer, query))
    content = to_csv(_words(HEAD, language), _rows(page, language), language)
    return _file(content, page, FILES["worklist"], language, "csv")


@router.get("/worklist.xlsx")
def worklist_xlsx(
    request: Request, viewer: Seen, store: Database, query: Wanted, language: Speech
) -> Response:
    """Return the same for Excel."""
    page = _noted(request, viewer, _all(store, viewer, query))
    notice = INTERNAL.in_(language)
    content = to_xlsx(_words(HEAD, language), _rows(page, language), sheet=notice, notice=notice)
    return _file(content, page, FILES["worklist"], language, "xlsx")


@router.get("/letters.csv")
def letters_csv(
    request: Request, viewer: Seen, store: Database, query: Wanted, language: Speech
) -> Response:
    """Return id, name and one sentence for each customer to whom writing is suggested.

    Nothing internal leaves the house: each sentence passes the guard. Nobody is in it with an open
    complaint, or whom a plan holds out.
    """
    page = _all(store, viewer, query)
    told = [row for row in page.rows if row.sayable and row.on_plan != "hold_out"]
    head = _words(LETTERS, language)
    rows: list[list[Cell]] = [
        [row.customer_id, row.name, row.sayable.in_(language)] for row in told if row.sayable
    ]
    named = [dict(zip(head, row, strict=True)) for row in rows]
    refuse_internal(head, named, names=head[:2])
    _noted(request, viewer, page.model_copy(update={"rows": told}))
    return _file(to_csv(head, rows, language), page, FILES["letters"], language, "csv")


def _all(store: Store, viewer: Viewer, query: WorklistQuery) -> WorklistPage:
    """Return all customers that the worklist lists, on one page."""
    page = store.worklist(viewer, query=replace(query, page=1, per_page=MOST_ROWS))
    if page.total > MOST_ROWS:
        raise Refused(422, TOO_MANY)
    return page


def _noted(request: Request, viewer: Viewer, page: WorklistPage) -> WorklistPage:
    """Note each customer in the file as viewed, before the file is given."""
    request.app.state.store.log_views(
        viewer,
        customer_ids=[row.customer_id for row in page.rows],
        route=f"GET {request.url.path}",
        at=request.app.state.clock(),
    )
    return page


def _rows(page: WorklistPage, language: Language) -> list[list[Cell]]:
    return [_row(row, language) for row in page.rows]


def _row(row: WorklistRow, language: Language) -> list[Cell]:
    def told(text: Text | None) -> str | None:
        return text.in_(language) if text else None

    return [
        row.customer_id,
        row.name,
        row.account_manager,
        row.churn_probability,
        row.referral_probability,
        told(QUADRANTS[row.quadrant]) if row.quadrant else None,
        None if row.margin_at_risk is None else round(row.margin_at_risk, 2),
        None if row.expected_profit is None else round(row.expected_profit, 2),
        row.change_points,
        told(row.main_reason),
        told(row.approach),
        row.last_outcome,
        told(ON_PLAN[row.on_plan]) if row.on_plan else None,
        told(INTERNAL),
    ]


def _words(texts: list[Text], language: Language) -> list[str]:
    return [text.in_(language) for text in texts]


def _file(
    content: bytes, page: WorklistPage, name: Text, language: Language, ending: str
) -> Response:
    when = f"-{page.cutoff:%Y-%m-%d}" if page.cutoff else ""
    kind = EXCEL if ending == "xlsx" else "text/csv; charset=utf-8"
    file = f"{name.in_(language)}{when}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(content, media_type=kind, headers=headers)

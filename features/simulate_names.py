"""Names for the simulated company: customers, regions, trades, account managers.

All names are put together from invented parts; no list of real firms stands behind them.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

INDUSTRIES: dict[str, tuple[str, ...]] = {
    "Elektrotechnik": ("Elektrotechnik", "Elektroanlagen", "Schaltschrankbau", "Lichttechnik"),
    "Metallbau": ("Metallbau", "Stahlbau", "Zerspanungstechnik", "Feinblechtechnik"),
    "Haustechnik": ("Haustechnik", "Heizungsbau", "Sanitärtechnik", "Klimatechnik"),
    "Holzbau": ("Holzbau", "Tischlerei", "Innenausbau", "Fensterbau"),
    "Gastgewerbe": ("Gastronomie", "Hotelbetriebe", "Catering", "Kantinendienste"),
    "Handel": ("Fachhandel", "Großhandel", "Werkzeughandel", "Baustoffhandel"),
}
REGIONS = ("Nord", "Ost", "Mitte", "West", "Südwest", "Süd", "Österreich", "Schweiz")
AGE_GROUPS = ("unter 35", "35 bis 49", "50 bis 64", "ab 65")
MANAGERS = (
    "Anke Brendlohr",
    "Boris Quastner",
    "Carla Vornhagel",
    "Detlef Ströbwinkel",
    "Elif Mertzacker",
    "Frank Lohrieder",
    "Gesa Tillbacher",
    "Henrik Wusthofer",
    "Ines Karlander",
    "Jonas Pfriemer",
)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST_PARTS = _parts(
    "Acker Brend Dorn Eich Falk Gries Hagel Immen Jor Karl Lohr Mertz Nessel Ober Pfriem Quast "
    "Ried Ströb Till Ulm Vorn Wust Zell Amsel Birk Drossel Erl Fichten Grün Hasel Kien Linden "
    "Moor Nuss Otter Pappel Rohr Schlehen Tann Weiden"
)
_SECOND_PARTS = _parts(
    "acher bichler dorfer egger fander gauer hagen inger kofer lander macher nauer oder pichler "
    "quandt rieder sauer thaler uhler vogt winkel zacher brunner felder grubel huber kamper "
    "leitner moser stetter"
)
_COMPANIONS = ("", " & Söhne", " & Töchter", " & Partner", " Gebrüder", " Nachfolger")
_TOWNS = _parts(
    "- Amselau Birkfurt Dornstett Eichsee Falkenau Griesfurt Hagelsee Immenau Kienfurt Lohrsee "
    "Moorstett Nesselau Otterfurt Riedsee"
)
_LEGAL_FORMS = (" GmbH", " GmbH & Co. KG", " KG", " OHG", " e.K.", " AG")
_TRADES_EACH = 4
_PARTS = (_FIRST_PARTS, _SECOND_PARTS, _COMPANIONS, _TOWNS, _LEGAL_FORMS)
_CAPACITY = _TRADES_EACH * math.prod(len(part) for part in _PARTS)
_STRIDE = 1_601_927  # prime to the capacity, so that neighbours get unlike names


def company_names(
    numbers: npt.NDArray[np.int64], industries: npt.NDArray[np.int64]
) -> npt.NDArray[np.object_]:
    """Names of customers, unique for unique numbers, with a trade of the customer's industry.

    Parameters
    ----------
    numbers
        Running numbers of the customers, from 0; beyond 2,592,000 a count in brackets is added.
    industries
        Index into `INDUSTRIES` for each customer.
    """
    trades = np.array([list(each) for each in INDUSTRIES.values()], dtype=object)
    round_, rest = np.divmod(numbers, _CAPACITY)
    rest = rest * _STRIDE % _CAPACITY
    rest, first = np.divmod(rest, len(_FIRST_PARTS))
    rest, second = np.divmod(rest, len(_SECOND_PARTS))
    rest, companion = np.divmod(rest, len(_COMPANIONS))
    rest, town = np.divmod(rest, len(_TOWNS))
    trade, legal = np.divmod(rest, len(_LEGAL_FORMS))
    names = (
        np.array(_FIRST_PARTS, dtype=object)[first]
        + np.array(_SECOND_PARTS, dtype=object)[second]
        + np.array(_COMPANIONS, dtype=object)[companion]
        + " "
        + trades[industries, trade]
        + np.array(["", *(" " + name for name in _TOWNS[1:])], dtype=object)[town]
        + np.array(_LEGAL_FORMS, dtype=object)[legal]
    )
    again = np.flatnonzero(round_)
    names[again] = names[again] + np.array([f" ({k + 1})" for k in round_[again]], dtype=object)
    return names

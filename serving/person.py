"""The page for the person concerned: which data were used, how, and how to object.

It is made on request (GDPR, Articles 15, 21 and 22) and carries no internal word: what is
estimated is told as a frequency, reasons without their points, and nothing compares the person
with other customers by rank. Whoever is not scored is told so, with the data that are there. The
same content becomes HTML or PDF.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from treue.features.catalogue import describe
from treue.features.schema import TABLES as SCHEMAS
from treue.features.tables import Tables
from treue.features.topics import topic_of
from treue.serving.absent import Absence
from treue.serving.dossier import Language, Reason
from treue.serving.explanation import CustomerExplanation
from treue.serving.formats import format_day, format_value, missing
from treue.serving.guard import check_sayable
from treue.serving.person_kept import kept_section
from treue.serving.person_parts import Block, Section
from treue.serving.person_words import (
    COLUMNS,
    HIDDEN,
    NOT_USED,
    QUESTIONS,
    SOURCES,
    TABLES,
    WORDS,
)
from treue.serving.store.upkeep import Kept

CLEAR_POINTS = 5.0
"""From this weight on a factor counts clearly, else somewhat."""
_LAW = re.compile(r"(Art\.|Abs\.|Buchst\.) ")
_FAMILIES = {"customers": "customer"}  # the others are called as their table


@dataclass(frozen=True)
class PersonPage:
    """The page's content, checked by the guard.

    Attributes
    ----------
    facts
        For whom, as of when, by whom: pairs of a name and a value.
    issued_at
        When the page was made.
    """

    language: Language
    title: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    end: str
    issued_at: datetime

    def to_html(self) -> str:
        """Return the page as one HTML file that needs no other."""
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        return environment.get_template("person.html").render(page=self)

    def to_pdf(self) -> bytes:
        """Return the page as PDF, A4."""
        from treue.serving.person_pdf import pdf

        return pdf(self)

    def texts(self) -> Iterator[str]:
        """Every text of the page."""
        yield from (self.title, self.lead, self.end)
        for section in self.sections:
            yield section.heading
            for block in section.blocks:
                yield from (block.text, *block.items, *block.head)
                for row in block.rows:
                    yield from row


def person_page(
    explained: Sequence[CustomerExplanation] | Absence,
    *,
    issued_at: datetime,
    tables: Tables | None = None,
    kept: Kept | None = None,
    name: str | None = None,
    company: str = "",
    privacy_contact: str = "",
    language: Language = "de",
    currency: str = "EUR",
) -> PersonPage:
    """Return what a customer is told of the evaluation of their data.

    Parameters
    ----------
    explained
        The customer by churn and referral model or one of them; or why nothing is estimated.
    issued_at
        Now.
    tables
        The tables they were made from; None for a ready panel.
    kept
        What else is kept about the customer; None where it could not be counted.
    name, company, privacy_contact
        The customer's name, who is responsible, and whom to write to in order to object; a line to
        fill in stands where the last two are missing.

    Raises
    ------
    TreueError
        If a text of the page holds an internal word; names are not looked at.
    """
    absent = explained if isinstance(explained, Absence) else None
    explanations = () if isinstance(explained, Absence) else tuple(explained)
    first = absent or explanations[0]
    writer = _Writer(language, currency)
    say = writer.say
    facts = [(say("for"), name or ""), (say("number"), first.customer_id)]
    facts.append((say("issued"), format_day(issued_at, language)))
    if first.cutoff is not None:
        facts.append((say("as_of"), format_day(first.cutoff, language)))
    facts.append((say("by"), company or say("fill_in_company")))
    facts.append((say("privacy"), privacy_contact or say("fill_in_contact")))
    told: tuple[Section, ...]
    if absent is not None:
        told = (
            writer.absent_purpose(),
            writer.absence(absent),
            writer.absent_data(absent, tables),
            kept_section(kept, language, say),
        )
    else:
        told = (
            writer.purpose(explanations),
            writer.data(explanations, tables),
            kept_section(kept, language, say),
            writer.logic(explanations),
            *(writer.result(explanation) for explanation in explanations),
            Section(say("consequences"), (Block("text", say("consequences_text")),)),
        )
    objection = say("objection_text").format(contact=privacy_contact or say("contact"))
    page = PersonPage(
        language=language,
        title=say("title"),
        lead=say("lead"),
        facts=tuple(fact for fact in facts if fact[1]),
        sections=(
            *told,
            Section(say("objection"), (Block("notice", objection),)),
            writer.rights(),
        ),
        end=say("end"),
        issued_at=issued_at,
    )
    named = {company, privacy_contact, name or "", *_company_words(explanations, tables)}
    for text in page.texts():
        check_sayable(text, names=named)
    return page


def _company_words(explanations: Sequence[CustomerExplanation], tables: Tables | None) -> set[str]:
    """The company's own names of attributes and their values, which the guard does not judge."""
    words = {
        str(value)
        for found in explanations
        for value in found.values.values()
        if isinstance(value, str)
    }
    if tables is not None:
        words |= {*tables.attributes, *tables.sensitive}
    return words


class _Writer:
    """Writes the sections in one language."""

    def __init__(self, language: Language, currency: str) -> None:
        self._language = language
        self._currency = currency

    def say(self, key: str) -> str:
        """The words, with articles of the law kept on one line."""
        return _LAW.sub("\\1\xa0", WORDS[key].in_(self._language))

    def purpose(self, explanations: Sequence[CustomerExplanation]) -> Section:
        questions = tuple(f"{self._question(found)}." for found in explanations)
        return Section(
            self.say("purpose"),
            (
                Block("text", self.say("purpose_text")),
                Block("list", items=questions),
                Block("text", self.say("basis")),
            ),
        )

    def data(self, explanations: Sequence[CustomerExplanation], tables: Tables | None) -> Section:
        """Tables with the columns used, period and count of the customer's own rows."""
        found = explanations[0]
        if tables is None or found.cutoff is None:
            names = dict.fromkeys(name for each in explanations for name in each.values)
            items = tuple(self._phrase(name) for name in names if not name.startswith("calendar_"))
            ready = (Block("text", self.say("ready")), Block("list", items=items))
            return Section(self.say("data"), ready)
        families = {family for each in explanations for family in each.families.values()}
        used = {name for name in tables.frames if _FAMILIES.get(name, name) in families}
        blocks = self._data(found.customer_id, found.cutoff, tables, {"purchases", *used})
        return Section(self.say("data"), (Block("text", self.say("data_text")), *blocks))

    def absent_data(self, absent: Absence, tables: Tables | None) -> Section:
        """All tables with the customer's own rows."""
        assert tables is not None
        blocks = self._data(absent.customer_id, absent.cutoff, tables, set(tables.frames))
        text = Block("text", self.say("absent_data_text"))
        return Section(self.say("absent_data"), (text, *blocks))

    def absent_purpose(self) -> Section:
        texts = (self.say("absent_purpose"), self.say("basis"))
        return Section(self.say("purpose"), tuple(Block("text", text) for text in texts))

    def absence(self, absent: Absence) -> Section:
        last = format_day(absent.last, self._language) if absent.last else ""
        why = self.say(f"absent_{absent.reason}").format(last=last, days=absent.lookback)
        text = self.say("absent_text").format(why=why)
        return Section(self.say("absent"), (Block("text", text),))

    def logic(self, explanations: Sequence[CustomerExplanation]) -> Section:
        done = self.say("or").join(self.say(f"done_{found.target}") for found in explanations)
        texts = (self.say("logic_text").format(done=done), self.say("limits"))
        return Section(self.say("logic"), tuple(Block("text", text) for text in texts))

    def result(self, found: CustomerExplanation) -> Section:
        """The estimate as a frequency, and what counted most for it."""
        good = 1 - found.probability if found.target == "churn" else found.probability
        count, every = _frequency(good)
        share = self.say("share").format(count=count, all=every)
        about = self.say("about").format(question=self._question(found))
        rows = tuple(self._factor(reason, found.target) for reason in found.told)
        blocks = [Block("text", f"{about} {share}"), *self._other_times(found)]
        if rows:
            head = tuple(self.say(key) for key in ("item", "yours", "speaks"))
            blocks += [Block("text", self.say("factors")), Block("table", head=head, rows=rows)]
        if any(row[1] == self.say("not_shown") for row in rows):
            blocks.append(Block("text", self.say("why_not_shown")))
        return Section(self.say(f"result_{found.target}"), tuple(blocks))

    def _other_times(self, found: CustomerExplanation) -> Iterator[Block]:
        """The curve as frequencies of the good end, besides the horizon already told."""
        if found.curve is None:
            return
        told = found.question.horizon_days if found.question else None
        items = []
        for each in found.curve.within:
            if each.probability is None or each.days == told:
                continue
            left = found.curve.event == "has_left"
            count, every = _frequency(1 - each.probability if left else each.probability)
            items.append(self.say("other_time").format(days=each.days, count=count, all=every))
        if items:
            yield Block("text", self.say("other_times"))
            yield Block("list", items=tuple(items))

    def rights(self) -> Section:
        keys = ("access", "rectification", "erasure", "complaint")
        return Section(
            self.say("rights"), (Block("list", items=tuple(self.say(key) for key in keys)),)
        )

    def _question(self, found: CustomerExplanation) -> str:
        if found.question is None:
            return QUESTIONS[found.target].in_(self._language)
        text = QUESTIONS[found.question.kind].in_(self._language)
        return text.format(days=found.question.horizon_days)

    def _data(
        self, customer_id: str, cutoff: datetime, tables: Tables, shown: set[str]
    ) -> Iterator[Block]:
        rows = []
        for name, frame in tables.known_at(cutoff).frames.items():
            own = _own_rows(frame, name, customer_id)
            if name in shown and own.num_rows:
                rows.append(self._data_row(name, own, tables))
        head = tuple(self.say(key) for key in ("sort", "columns", "period", "rows", "source"))
        yield Block("table", head=head, rows=tuple(rows))
        if tables.sensitive:
            hidden = ", ".join(self._field(column) for column in tables.sensitive)
            yield Block("text", self.say("sensitive").format(names=hidden))

    def _data_row(self, name: str, own: pa.Table, tables: Tables) -> tuple[str, ...]:
        hidden = {*NOT_USED, *tables.sensitive}
        columns = [column for column in own.column_names if column not in hidden]
        labels = dict.fromkeys(
            COLUMNS[column].in_(self._language) if column in COLUMNS else self._field(column)
            for column in columns
            if column in COLUMNS or column in tables.attributes
        )
        return (
            TABLES[name].in_(self._language),
            ", ".join(labels),
            self._period(own, SCHEMAS[name].event_time),
            format_value(own.num_rows, "whole", self._language),
            SOURCES[name].in_(self._language),
        )

    def _field(self, column: str) -> str:
        """The company's own name of a data field, as it stands there."""
        return self.say("field").format(name=column)

    def _period(self, own: pa.Table, column: str) -> str:
        if column not in own.column_names or column == "since":
            return "–"
        low, high = (pc.min(own[column]).as_py(), pc.max(own[column]).as_py())
        if low is None:
            return "–"
        days = [format_day(moment, self._language).replace(" ", "\xa0") for moment in (low, high)]
        return "\xa0– ".join(dict.fromkeys(days))

    def _factor(self, reason: Reason, target: str) -> tuple[str, str, str]:
        """What counted, the person's own value, and which way it speaks for the good end."""
        feature = describe(reason.feature)
        weight = -reason.points if target == "churn" else reason.points
        way = "for" if weight > 0 else "against"
        much = "much" if abs(weight) >= CLEAR_POINTS else "little"
        speaks = self.say("unclear" if reason.uncertain else f"{way}_{much}")
        hidden = _hidden_topic(reason.feature)
        if hidden is not None:
            text = HIDDEN[hidden].in_(self._language)
            return _capital(text), self.say("not_shown"), speaks
        if feature.unit == "wave":
            return self._phrase(reason.feature), "–", speaks
        value = reason.value
        if value is None or value != value:
            return self._phrase(reason.feature), missing(feature, self._language), speaks
        shown = format_value(value, feature.unit, self._language, self._currency)
        return self._phrase(reason.feature), shown, speaks

    def _phrase(self, name: str) -> str:
        hidden = _hidden_topic(name)
        if hidden is not None:
            return _capital(HIDDEN[hidden].in_(self._language))
        if name.startswith("attribute_"):
            return self._field(name.removeprefix("attribute_"))
        feature = describe(name)
        phrase = feature.de if self._language == "de" else feature.en
        return _capital(phrase.replace("haggled over", "negotiated"))


def _hidden_topic(name: str) -> str | None:
    """The topic that is told without its number, if the feature belongs to one."""
    key = topic_of(describe(name)).key
    if key in HIDDEN:
        return key
    return "margin" if "margin" in name else None  # goodwill per margin


def _own_rows(frame: pa.Table, table: str, customer_id: str) -> pa.Table:
    mine = pc.equal(frame[SCHEMAS[table].customer], customer_id)
    if table == "referrals" and "referred_id" in frame.column_names:
        mine = pc.or_(mine, pc.fill_null(pc.equal(frame["referred_id"], customer_id), False))
    return frame.filter(mine)


def _frequency(share: float) -> tuple[int, int]:
    """A share as a count out of ten, or out of a hundred where ten is too coarse.

    >>> _frequency(0.62), _frequency(0.04), _frequency(0.97), _frequency(0.001)
    ((6, 10), (4, 100), (97, 100), (1, 100))
    """
    if 0.1 <= share <= 0.9:
        return round(share * 10), 10
    return min(max(round(share * 100), 1), 99), 100


def _capital(phrase: str) -> str:
    return phrase[:1].upper() + phrase[1:]

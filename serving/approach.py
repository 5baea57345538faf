"""The suggested approach: rules over a customer's numbers, each suggestion with its rule.

The rules stand in treue.toml, the ones that come with Treue in approach_defaults.toml. They
suggest; a person decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

from treue.features.catalogue import CATALOGUE, describe
from treue.features.errors import TreueError
from treue.models.quadrants import Thresholds, quadrant
from treue.serving.approach_words import ALWAYS, LIMITS, NO_VALUE, OR, QUANTITIES, TEXTS
from treue.serving.conditions import hold, holds
from treue.serving.dossier import Language, Suggestion, Text
from treue.serving.formats import format_value
from treue.serving.missing import is_missing
from treue.serving.quadrants import QUADRANTS
from treue.settings import PLACEHOLDER, Approach, Condition, Rule

Facts = Mapping[str, float | str | bool | None]

CURRENT_DAYS = 90
"""A complaint older than this, and no longer open, is no occasion any more."""


def rules_of(approach: Approach, *, own_features: Collection[str] = ()) -> list[Rule]:
    """Return the company's own rules, then those that come with Treue unless they are left out.

    Parameters
    ----------
    approach
        ``[approach]`` of treue.toml.
    own_features
        Features that the catalogue does not know: of own families or of a ready panel.

    Raises
    ------
    TreueError
        Naming every quantity that does not exist, with the nearest one that does.
    """
    lines = approach.unknown({*CATALOGUE, *own_features})
    if lines:
        told = "\n".join(f"  {line}" for line in lines)
        raise TreueError(
            f"treue.toml has rules of approach that ask for what is not there:\n{told}"
        )
    return [*approach.rules, *(default_rules() if approach.defaults else ())]


@cache
def default_rules() -> tuple[Rule, ...]:
    """Return the rules that come with Treue."""
    text = resources.files("treue.serving").joinpath("approach_defaults.toml").read_text("utf-8")
    return tuple(Approach.model_validate(tomllib.loads(text)).rules)


def facts_of(
    features: Mapping[str, Any],
    card: Mapping[str, float | None],
    *,
    churn_probability: float | None,
    referral_probability: float | None,
    thresholds: Thresholds,
    concession_cost: float | None = None,
) -> dict[str, float | str | bool | None]:
    """Return all quantities of one customer that rules may ask for.

    Parameters
    ----------
    features
        The customer's panel row.
    card
        Amounts of the value card by key; they come before a feature of the same name, for they
        are net of returns.
    churn_probability, referral_probability
        None where there is no such model; then the customer stands in no quadrant.
    thresholds
        Where likely begins.
    concession_cost
        What a concession usually costs.
    """
    churn, referral = churn_probability, referral_probability
    where = None
    if churn is not None and referral is not None:
        where = quadrant(churn, referral, thresholds)
    return {
        **features,
        **card,
        "churn_probability": churn,
        "referral_probability": referral,
        "likely_to_leave": None if churn is None else churn >= thresholds.churn,
        "likely_to_recommend": None if referral is None else referral >= thresholds.referral,
        "quadrant": where,
        "complaint_current": _complaint_current(features),
        "ceiling_in_concessions": (
            ceiling / concession_cost
            if concession_cost and (ceiling := card.get("concession_ceiling")) is not None
            else None
        ),
    }


def _complaint_current(features: Mapping[str, Any]) -> bool | None:
    """Whether a complaint is open or came lately; None where complaints are not known."""
    asked = {
        "complaints_open": Condition(at_least=1),
        "days_since_complaint": Condition(at_most=CURRENT_DAYS),
    }
    if all(is_missing(features.get(name)) for name in asked):
        return None
    return any(holds(condition, features.get(name)) for name, condition in asked.items())


def suggest(facts: Facts, rules: Iterable[Rule], *, currency: str = "EUR") -> list[Suggestion]:
    """Return at most one suggestion a kind: that of the first rule whose conditions all hold.

    Parameters
    ----------
    facts
        The customer's quantities, from `facts_of`.
    rules
        In their order, from `rules_of`.
    currency
        Currency of money, three letters.

    Returns
    -------
    list of Suggestion
        In the order in which the kinds first occur in `rules`, so that a kind keeps its place
        whichever of its rules fits.
    """
    chosen: dict[str, Suggestion | None] = {}
    for rule in rules:
        if chosen.setdefault(rule.kind, None) is None and hold(rule.when, facts):
            chosen[rule.kind] = Suggestion(
                key=rule.suggest,
                text=_text(rule, facts, currency),
                rule=_rule_in_words(rule, facts, currency),
            )
    return [suggestion for suggestion in chosen.values() if suggestion is not None]


def _text(rule: Rule, facts: Facts, currency: str) -> Text:
    text = TEXTS[rule.suggest] if rule.text is None else rule.text

    def filled(words: str, language: Language) -> str:
        return PLACEHOLDER.sub(
            lambda found: _shown(found[1], facts.get(found[1]), language, currency), words
        )

    return Text(de=filled(text.de, "de"), en=filled(text.en, "en"))


def _rule_in_words(rule: Rule, facts: Facts, currency: str) -> Text:
    """Say why, then each condition with the value: "... Verhandlungen: 5 (mindestens 4)"."""

    def told(because: str, language: Language) -> str:
        numbers = "; ".join(
            f"{_name(name, language)}: {_shown(name, facts.get(name), language, currency)}"
            f"{_limits(name, condition, language, currency)}"
            for name, condition in rule.when.items()
        )
        numbers = numbers or ALWAYS.in_(language)
        return ". ".join(filter(None, (because, numbers[:1].upper() + numbers[1:])))

    why = rule.because
    return Text(de=told(why.de if why else "", "de"), en=told(why.en if why else "", "en"))


def _limits(name: str, condition: Condition, language: Language, currency: str) -> str:
    if _unit(name) == "yes or no":
        return ""
    told = [
        words.in_(language).format(_shown(name, limit, language, currency))
        for key, words in LIMITS.items()
        if (limit := getattr(condition, key)) is not None
    ]
    if len(condition.one_of) > 1:
        told.append(
            OR.in_(language).join(_shown(name, key, language, currency) for key in condition.one_of)
        )
    return f" ({', '.join(told)})" if told else ""


def _shown(name: str, value: float | str | bool | None, language: Language, currency: str) -> str:
    if value is None or is_missing(value):
        return NO_VALUE.in_(language)
    if name == "quadrant" and value in QUADRANTS:
        return QUADRANTS[value].in_(language)
    return format_value(value, _unit(name), language, currency)


def _unit(name: str) -> str:
    return QUANTITIES[name][1] if name in QUANTITIES else describe(name).unit


def _name(name: str, language: Language) -> str:
    if name in QUANTITIES:
        return QUANTITIES[name][0].in_(language)
    phrase: str = getattr(describe(name), language)
    return phrase

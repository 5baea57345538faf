"""What the model card says of money: whom it pays to contact, and what that would have brought."""

from treue.models.intervals import Interval
from treue.numbers import Numbers
from treue.training.assumed import source
from treue.training.config import Config
from treue.training.profit import ListProfit, Profit

_NUMBERS = Numbers("en")
_money = _NUMBERS.money
_SOURCES = {
    "stated": "Assumed, as treue.toml states it",
    "partly": "Assumed, in part by default of the program and not confirmed",
    "default": "Default of the program, not confirmed",
}
LISTS = {
    "chosen": "all with an expected profit above 0",
    "by_probability": "as many, the most likely to leave",
    "recency_rule": "chosen in the same way by the recency rule",
    "everybody": "everybody",
    "nobody": "nobody",
}


def profit_section(profit: Profit | None, config: Config) -> list[str]:
    """Parts of the card: the choice in words, the lists as a table; nothing without a profit."""
    if profit is None:
        return []
    assumed, currency = profit.assumptions, config.currency
    told = (
        f"{_SOURCES[source(config)]}: a contact costs {_money(assumed.contact_cost)} "
        f"{currency}, with it a concession of {_money(assumed.concession_cost)} {currency}, and "
        f"keeps {assumed.effect:.0%} of those who would leave, each with the margin of "
        f"{assumed.days} days."
    )
    if profit.known_margins < 1:
        told += (
            f" The margin of {1 - profit.known_margins:.0%} of the customers is not known; each of "
            f"them counts {_money(config.value.customer_value)} {currency} "
            "(`value.customer_value`)."
        )
    return ["## Whom it pays to contact", told, _verdict(profit, currency), _lists(profit)]


def _verdict(profit: Profit, currency: str) -> str:
    chosen = profit.chosen
    if chosen.contacted == 0:
        return "Under these assumptions no contact pays, and the list is empty."
    return (
        f"A contact pays from {_money(profit.assumptions.pays_from)} {currency} of margin at risk "
        f"on: **{chosen.contacted} of {profit.rows} held-out rows ({profit.list_share:.1%})**. "
        f"Expected of that list: {_money(chosen.expected)} {currency}; with the outcomes as they "
        f"were, {_interval(chosen.realised)} {currency} in hindsight (nobody was called; that "
        f"a contact keeps so many has not been measured). The best campaign along the expected "
        f"profit would earn {_interval(profit.empc)} {currency} per customer."
    )


def _lists(profit: Profit) -> str:
    rows = {"chosen": profit.chosen, **profit.others}
    lines = [
        "| whom to contact | contacted | expected | in hindsight | chosen list brings more |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [_line(words, rows[name]) for name, words in LISTS.items() if name in rows]
    return "\n".join(lines)


def _line(words: str, one: ListProfit) -> str:
    more = _interval(one.chosen_minus) if one.chosen_minus else "–"
    cells = [words, str(one.contacted), _money(one.expected), _interval(one.realised), more]
    return f"| {' | '.join(cells)} |"


def _interval(one: Interval) -> str:
    return _NUMBERS.money_between(one.value, one.low, one.high)

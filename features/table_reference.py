"""Write docs/tables.md: ``python -m treue.features.table_reference > docs/tables.md``."""

import sys

from treue.features.schema import TABLES, Column, TableSchema

HEAD = """# Tables

Generated from `treue.features.schema` by `python -m treue.features.table_reference`; do not edit.

Only purchases are needed; every other table that you bring adds its families of features.
A column that you name otherwise is mapped with `columns = {customer_id = "CustomerNo"}` in
treue.toml. Required columns are those without which the table is refused. A value counts only
from the moment given under *known*; before it a model does not see it.

| kind | what is read |
|---|---|
| id | a text; leading zeros stay, capital letters count |
| time | a date or a time; without zone it is in `time_zone`, or else UTC |
| money, number | a number; money of the whole company in one currency |
| integer | a whole number |
| flag | yes or no: true/false, yes/no, 1/0 |
| text, category | a text; a category groups rows |
"""

ABOUT = {
    "customers": "One row a customer, as known now: who they are, and what describes them.",
    "purchases": "One row a line of an order: what was sold to whom, when and for how much.",
    "negotiations": "One row a negotiated price or quote, won, lost or still open.",
    "complaints": "One row a complaint, with how it was resolved.",
    "referrals": "One row a recommendation that a customer made to someone else.",
    "payments": "One row an invoice or instalment that falls due, with when it was paid.",
    "contacts": "One row a touchpoint, such as a call, a visit or a mail; not contact persons.",
    "contracts": "One row a contract, with its agreed end and whether it was cancelled.",
}


def table_reference() -> str:
    """The page on the tables as Markdown."""
    parts = [HEAD]
    for schema in TABLES.values():
        parts.append(f"\n## {schema.name}\n\n{ABOUT[schema.name]}\n")
        parts.append(
            "| column | kind | required | allowed | known | holds |\n|---|---|---|---|---|---|"
        )
        parts += [_row(column, schema) for column in schema.columns.values()]
        if schema.name == "customers":
            parts.append(
                "\nFurther columns become features if named in `data.attributes`, and serve only "
                "to check\nfairness if named in `data.sensitive`."
            )
    return "\n".join(parts) + "\n"


def _row(column: Column, schema: TableSchema) -> str:
    required = "yes" if column.required else ""
    cells = (f"`{column.name}`", column.kind, required, _allowed(column), _known(column, schema))
    return f"| {' | '.join(cells)} | {column.help} |"


def _allowed(column: Column) -> str:
    if column.allowed:
        return ", ".join(f"`{word}`" for word in column.allowed)
    if column.low is None or column.kind == "money":  # money below zero is kept with a warning
        return ""
    return (
        f"{column.low:g} or more" if column.high is None else f"{column.low:g} to {column.high:g}"
    )


def _known(column: Column, schema: TableSchema) -> str:
    if column.known_with == column.name:
        return "at that time"
    if column.known_with:
        return f"from `{column.known_with}`"
    if schema.name == "customers":
        return "from `since`, or always without it"
    return f"from `{schema.event_time}`, or `recorded_at` if later"


if __name__ == "__main__":
    sys.stdout.write(table_reference())

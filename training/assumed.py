"""Whether what a contact costs and holds has been stated by the company or is a default."""

from typing import Literal

from treue.training.config import Config

Source = Literal["stated", "partly", "default"]
_FIELDS = frozenset({"contact_cost", "concession_cost", "concession_effect"})


def source(config: Config) -> Source:
    """Where the assumptions of the call list come from.

    Examples
    --------
    >>> from treue.training.config import config_from
    >>> source(config_from({})), source(config_from({"value": {"contact_cost": 2.0}}))
    ('default', 'partly')
    """
    stated = _FIELDS & config.value.model_fields_set
    if stated == _FIELDS:
        return "stated"
    return "partly" if stated else "default"

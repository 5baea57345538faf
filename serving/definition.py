"""How a model's panel was made, so that scoring makes it the same way."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Self

import pandas as pd

from treue.features.errors import TreueError

if TYPE_CHECKING:
    from treue.features.family import Family
    from treue.features.panel import Churn, Referral
    from treue.features.small_panel import SmallPanels
    from treue.features.tables import Tables


@cache
def small_panels() -> SmallPanels:
    """Make panels of few rows at once, and leave many to the engine of the training.

    One store of programs for all that a process asks. Loaded when a panel is built: a ready one is
    scored without the features.
    """
    from treue.features.small_panel import SmallPanels

    return SmallPanels()


@dataclass(frozen=True)
class PanelDefinition:
    """How the panel of a model's training was made; scoring makes it the same way.

    Attributes
    ----------
    lookback
        Days before the cutoff in which a customer must have bought to be eligible.
    churn, decline_share, referral
        As `build_panel` takes them.
    left_out
        Families of the catalogue that the training left out.
    own_families
        Files of the families that the company added.
    """

    lookback: int
    churn: Churn
    decline_share: float
    referral: Referral
    left_out: tuple[str, ...]
    own_families: tuple[str, ...]

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read the definition from the treue.toml that a bundle carries."""
        config = tomllib.loads(text)
        try:
            label, features = config["label"], config["features"]
            return cls(
                lookback=label["lookback_days"],
                churn=label["churn"],
                decline_share=label["decline_share"],
                referral=label["referral"],
                left_out=tuple(features["leave_out"]),
                own_families=tuple(features["families"]),
            )
        except KeyError as error:
            raise TreueError(
                f"the model's treue.toml lacks {error.args[0]!r}, which says how its panel was "
                "made; train the model again, or score a ready panel with predict_panel"
            ) from None

    def build(
        self, tables: Tables, cutoff: datetime, *, own_families: Sequence[Family] = ()
    ) -> pd.DataFrame:
        """Build the panel of all customers eligible at `cutoff`, without labels.

        Own families are given as objects: code is never loaded because a bundle names it.
        """
        if len(own_families) != len(self.own_families):
            raise TreueError(
                f"the model was trained with families of the company's own "
                f"({', '.join(self.own_families) or 'none'}), {len(own_families)} are given; "
                "load them with features.catalogue.load_family and give them as own_families"
            )
        from treue.features.catalogue import FAMILIES

        kept = [family for family in FAMILIES if family.name not in self.left_out]
        return small_panels().build(
            tables,
            [cutoff],
            lookback=self.lookback,
            churn=self.churn,
            decline_share=self.decline_share,
            referral=self.referral,
            families=(*kept, *own_families),
        )

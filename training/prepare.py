"""From the configuration to a labelled panel: read, check, choose cutoffs, build."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from treue.features.catalogue import FAMILIES, load_family
from treue.features.errors import TreueError
from treue.features.family import Family
from treue.features.labels import latest_cutoff
from treue.features.panel import build_panel, feature_columns, monthly_cutoffs
from treue.features.report import Report
from treue.features.tables import Tables, read_tables
from treue.features.usability import Usability, usability
from treue.training.config import Config
from treue.training.ready_panel import read_ready_panel

log = logging.getLogger(__name__)

Progress = Callable[[str], None]
_MOST_SEGMENT_LEVELS = 12


@dataclass(frozen=True)
class Prepared:
    """A labelled panel with what is known of it.

    Attributes
    ----------
    panel
        As `build_panel` returns it, or a ready one.
    sensitive
        Sensitive columns, row by row beside `panel`; never features.
    report
        Findings of reading.
    usability
        What the tables are good for; None for a ready panel.
    tables
        The events; None for a ready panel.
    families
        Family of each feature, where the catalogue does not know it.
    """

    panel: pd.DataFrame
    sensitive: pd.DataFrame
    report: Report
    usability: Usability | None = None
    tables: Tables | None = None
    families: dict[str, str] = field(default_factory=dict)

    @property
    def segments(self) -> pd.DataFrame:
        """Categories with few levels, row by row beside `panel`: figures are shown by them."""
        names = [
            name
            for name in feature_columns(self.panel)
            if isinstance(self.panel[name].dtype, pd.CategoricalDtype)
            and 1 < len(self.panel[name].cat.categories) <= _MOST_SEGMENT_LEVELS
        ]
        return self.panel[names]


def prepare(
    config: Config,
    *,
    base_dir: Path,
    tables: Tables | None = None,
    progress: Progress | None = None,
) -> Prepared:
    """Read what the configuration names and build the panel of all its cutoffs.

    Parameters
    ----------
    config
        With ``[tables]`` or ``[panel]``, unless `tables` are given.
    base_dir
        What relative paths start from: the folder of treue.toml.
    tables
        Checked tables to use instead of reading those of the configuration.
    progress
        Called with a line before each long step.

    Raises
    ------
    TreueError
        If the tables are refused, or no cutoff is possible.
    """
    say = progress or (lambda _: None)
    if config.panel is not None and tables is None:
        say("reading the panel")
        ready = read_ready_panel(config.panel, base_dir=base_dir)
        return Prepared(ready.panel, ready.sensitive, ready.report)
    if tables is None:
        say("reading and checking the tables")
        tables = read(config, base_dir=base_dir)
    families = chosen_families(config, base_dir=base_dir)
    cutoffs = choose_cutoffs(tables, config)
    say(
        f"building the panel: {len(cutoffs)} cutoffs, "
        f"{cutoffs[0]:%Y-%m-%d} to {cutoffs[-1]:%Y-%m-%d}"
    )
    started = time.perf_counter()
    panel = labelled_panel(tables, cutoffs, config, families=families)
    log.info(
        "panel: %d rows, %d columns, %.1f s",
        *(len(panel), panel.shape[1], time.perf_counter() - started),
    )
    if panel.empty:
        raise TreueError(
            f"nobody is eligible at any of the {len(cutoffs)} cutoffs; lengthen "
            "label.lookback_days or move the cutoffs"
        )
    return Prepared(
        panel=panel,
        sensitive=_sensitive(tables, panel),
        report=tables.report,
        usability=usability_of(tables, panel, config),
        tables=tables,
        families=_own_families(families, panel),
    )


def labelled_panel(
    tables: Tables, cutoffs: Sequence[datetime], config: Config, *, families: Sequence[Family]
) -> pd.DataFrame:
    """Build the panel of some families, labelled as the configuration says."""
    label = config.label
    return build_panel(
        tables,
        cutoffs,
        horizon=label.horizon_days,
        lookback=label.lookback_days,
        churn=label.churn,
        decline_share=label.decline_share,
        referral=label.referral,
        families=families,
    )


def usability_of(tables: Tables, panel: pd.DataFrame, config: Config) -> Usability:
    """Return what the tables are good for, as their labelled panel shows."""
    label = config.label
    return usability(
        tables,
        panel,
        horizon=label.horizon_days,
        lookback=label.lookback_days,
        churn=label.churn,
    )


def read(config: Config, *, base_dir: Path) -> Tables:
    """The tables that the configuration names, checked."""
    if not config.tables:
        raise TreueError(
            "no tables: name at least [tables.purchases] in treue.toml, or a [panel] that is ready"
        )
    return read_tables(
        config.tables,
        base_dir=base_dir,
        observed_until=config.data.observed_until,
        attributes=config.data.attributes,
        sensitive=config.data.sensitive,
        time_zone=config.data.time_zone,
    )


def choose_cutoffs(tables: Tables, config: Config) -> list[datetime]:
    """Every so many months back from the last possible cutoff, while there is enough history.

    Raises
    ------
    TreueError
        If the data are too short for one, or for one held out and one to train on.
    """
    chosen, horizon = config.cutoffs, config.label.horizon_days
    begin: datetime = pc.min(tables.frames["purchases"]["purchased_at"]).as_py()
    earliest = begin + timedelta(days=chosen.minimum_history_days)
    first = chosen.first or earliest
    last = chosen.last or latest_cutoff(tables, horizon)
    cutoffs = monthly_cutoffs(first, last, every_months=chosen.every_months)
    needed = chosen.minimum_history_days + 2 * horizon
    if not cutoffs or cutoffs[-chosen.holdout :][0] - timedelta(days=horizon) < cutoffs[0]:
        days = (tables.observed_until - begin).days
        raise TreueError(
            f"cutoffs: the purchases cover {days} days ({begin:%Y-%m-%d} to "
            f"{tables.observed_until:%Y-%m-%d}), which leaves {len(cutoffs)} cutoff"
            f"{'' if len(cutoffs) == 1 else 's'} between "
            f"{first:%Y-%m-%d} and {last:%Y-%m-%d}: not one to train on whose label window of "
            f"{horizon} days has ended before the held-out one. At least about {needed} days are "
            "needed (minimum_history_days + 2 horizons); "
            + (
                "set cutoffs.first earlier, or leave it out"
                if chosen.first is not None and days >= needed
                else "bring a longer history, or shorten label.horizon_days or "
                "cutoffs.minimum_history_days"
            )
        )
    return cutoffs


def chosen_families(config: Config, *, base_dir: Path) -> tuple[Family, ...]:
    """Built-in families without those left out, then the company's own."""
    names = [family.name for family in FAMILIES]
    unknown = [name for name in config.features.leave_out if name not in names]
    if unknown:
        raise TreueError(
            f"features.leave_out: no family {', '.join(unknown)}; there are {', '.join(names)}"
        )
    kept = [family for family in FAMILIES if family.name not in config.features.leave_out]
    return (*kept, *(load_family(base_dir / path) for path in config.features.families))


def _own_families(families: tuple[Family, ...], panel: pd.DataFrame) -> dict[str, str]:
    """Family of each feature in the panel; what no family lists is an attribute."""
    known = {feature.name: family.name for family in families for feature in family.features}
    calendar = {"calendar_sin": "calendar", "calendar_cos": "calendar"}
    return {name: (known | calendar).get(name, "customer") for name in feature_columns(panel)}


def _sensitive(tables: Tables, panel: pd.DataFrame) -> pd.DataFrame:
    names = list(tables.sensitive)
    if not names:
        return pd.DataFrame(index=panel.index)
    customers: pa.Table = tables.frames["customers"].select(["customer_id", *names])
    by_customer = customers.to_pandas().drop_duplicates("customer_id").set_index("customer_id")
    return by_customer.reindex(panel["customer_id"]).set_index(panel.index)

"""From a labelled panel to a bundle; where the panel came from does not matter."""

import logging
import platform
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from treue.features.catalogue import CATALOGUE
from treue.features.errors import TreueError
from treue.features.panel import feature_columns
from treue.models.boosting import Bins
from treue.models.bundle import Bundle
from treue.models.classifier import LoyaltyClassifier
from treue.models.threads import at_most, one_for_algebra, side_by_side
from treue.training.certain import certainty_of
from treue.training.compose import composed
from treue.training.config import Config
from treue.training.curve import curve_of

log = logging.getLogger(__name__)

LABELS: Mapping[str, str] = {"churn": "churned", "referral": "referred"}
LIBRARIES = ("lightgbm", "scikit-learn", "numpy", "pandas", "duckdb", "narwhals", "mlflow", "shap")
_CALENDAR = ("calendar_sin", "calendar_cos")
_YEAR_DAYS = 365


@one_for_algebra()
def fit(
    panel: pd.DataFrame,
    target: str,
    *,
    config: Config,
    families: Mapping[str, str] | None = None,
    bins: Bins | None = None,
) -> Bundle:
    """The model of one target, fitted on every row of `panel`.

    Parameters
    ----------
    panel : DataFrame
        ``customer_id``, optionally ``cutoff``, the label (``churned`` or ``referred``, 0 and 1) and
        features: numbers, flags and categories. Rows to be judged on must not be among them.
    target : {"churn", "referral"}
    config : Config
        The classifier's parameters, the horizon, and the least number of customers of a class.
    families : mapping of str to str, optional
        Family of each feature; without it the catalogue's.
    bins : Bins, optional
        Shared by fits on the very same `panel`, which is then binned once.

    Returns
    -------
    Bundle
        Without metrics and card. Its columns say what is used: constant columns are left out, and
        calendar features where the labels cover less than a year; ``provenance`` says which and
        why, which are damped (under two years), and what a rolling backtest inside these rows
        decided (`treue.training.choose`).

    Raises
    ------
    TreueError
        If the label is not there or is not 0 and 1, if one outcome is too rare to learn from, or no
        feature varies.
    """
    started = time.perf_counter()
    if "cutoff" in panel and isinstance(panel["cutoff"].dtype, pd.DatetimeTZDtype):
        raise TreueError(
            f"cutoff: has a time zone ({panel['cutoff'].dtype.tz}); moments are UTC without one: "
            'panel["cutoff"].dt.tz_convert("UTC").dt.tz_localize(None)'
        )
    label = label_of(panel, target)
    customers = panel["customer_id"].to_numpy()
    check_enough(panel, target, smallest=config.evaluation.smallest_class)
    names, left_out = columns_used(panel, target, horizon_days=config.label.horizon_days)
    damped = columns_damped(panel, names, horizon_days=config.label.horizon_days)
    model = LoyaltyClassifier(**config.model.classifier())
    with at_most(config.model.num_threads):
        parameters = model.lightgbm_parameters(config.model.random_state)
        binned = (bins or Bins()).of(panel, names, parameters)
        model.fit_binned(binned, label, groups=customers, damped=damped)
        model, log_odds, forward, decisions = composed(
            model, binned, panel, label, target=target, config=config, damped=damped
        )
        told: list[Callable[[], Any]] = [
            partial(curve_of, panel, target, log_odds, config=config),
            partial(
                certainty_of,
                *(model, panel, names, label),
                config=config,
                forward=forward,
                encoded=binned.encoded,
            ),
        ]
        curve, certainty = side_by_side(told)
    log.info(
        "fitted %s: %d rows, %d columns, %.1f s",
        *(target, len(panel), len(names), time.perf_counter() - started),
    )
    return Bundle(
        target=target,
        model=model,
        config_toml=config.to_toml(),
        metrics={},
        card="",
        families={name: _family(name, families) for name in names},
        curve=curve,
        certainty=certainty,
        provenance={
            "train_cutoffs": [cutoff.isoformat() for cutoff in cutoffs_of(panel)],
            "horizon_days": config.label.horizon_days if "cutoff" in panel else None,
            "rows": len(panel),
            "customers": len(np.unique(customers)),
            "positives": int(label.sum()),
            "columns_left_out": left_out,
            "columns_damped": damped,
            "decisions": [one.as_dict() for one in decisions],
            "versions": versions(),
            "code_version": code_version(),
        },
    )


def label_of(panel: pd.DataFrame, target: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    """The label column of a target as 0 and 1.

    Raises
    ------
    TreueError
        If there is no such target or column, or it holds anything else.
    """
    if target not in LABELS:
        raise TreueError(f"target: there is no {target!r}; known are {', '.join(LABELS)}")
    name = LABELS[target]
    if name not in panel:
        raise TreueError(f"the panel has no column {name}, the label of {target}; add it")
    values = pd.to_numeric(panel[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isin(values, (0.0, 1.0))
    if wrong.any():
        ids = panel.loc[wrong, "customer_id"].astype(str).unique()[:5]
        raise TreueError(
            f"{name}: {int(wrong.sum())} of {len(values)} rows are not 0 or 1 "
            f"(customers {', '.join(ids)}); leave these rows out or correct them"
        )
    return values.astype(np.int64)


def check_enough(
    panel: pd.DataFrame, target: str, *, smallest: int, held_out: bool = False
) -> None:
    """Refuse training (or held-out) rows with fewer than `smallest` customers of either outcome."""
    label = label_of(panel, target)
    customers = panel["customer_id"].to_numpy()
    told = {
        "churn": ("who left", "who stayed"),
        "referral": ("who recommended", "who did not recommend"),
    }[target]
    for value, words in zip((1, 0), told, strict=True):
        found = len(np.unique(customers[label == value]))
        if found < smallest:
            everybody = len(np.unique(customers))
            if not held_out:
                raise TreueError(
                    f"{target}: {found} customers {words} among {everybody} in the training rows, "
                    f"{smallest} are needed; bring a longer history or more customers, or change "
                    "[label]"
                )
            days = ", ".join(f"{cutoff:%Y-%m-%d}" for cutoff in cutoffs_of(panel))
            remedy = (
                "check that data.observed_until is the day up to which the data are complete, and "
                "the settings in [label]; else bring more customers"
                if days
                else "hold out more of the customers (evaluation.holdout_share) or bring more"
            )
            raise TreueError(
                f"{target}: {found} customers {words} among {everybody} held out"
                f"{' at ' if days else ''}{days}, {smallest} are needed to judge a model "
                f"(evaluation.smallest_class); {remedy}"
            )


def columns_used(
    panel: pd.DataFrame, target: str, *, horizon_days: int
) -> tuple[list[str], dict[str, str]]:
    """Feature columns to train on, and those left out with the reason.

    Raises
    ------
    TreueError
        If none is left.
    """
    left_out = columns_left_out(panel, horizon_days=horizon_days)
    names = [name for name in feature_columns(panel) if name not in left_out]
    if not names:
        raise TreueError(
            f"{target}: none of the {len(left_out)} feature columns varies over the "
            f"{len(panel)} training rows; bring more columns or more customers"
        )
    return names, left_out


def columns_left_out(panel: pd.DataFrame, *, horizon_days: int) -> dict[str, str]:
    """Feature columns not to train on, with the reason."""
    reasons = {
        name: "constant" for name in feature_columns(panel) if panel[name].nunique(dropna=False) < 2
    }
    days = _labelled_days(panel, horizon_days)
    if days is not None and days < _YEAR_DAYS:
        told = f"labels cover {days} days, under a year"
        reasons |= {name: told for name in _CALENDAR if name in panel}
    return reasons


def columns_damped(
    panel: pd.DataFrame, names: Iterable[str], *, horizon_days: int
) -> dict[str, str]:
    """Features that only every other member may use, with the reason.

    Labels of one to two years have seen each season once, and cannot tell it from a trend.
    """
    days = _labelled_days(panel, horizon_days)
    if days is None or days >= 2 * _YEAR_DAYS:
        return {}
    told = f"labels cover {days} days, under two years: a season cannot be told from a trend"
    return {name: told for name in _CALENDAR if name in names}


def _labelled_days(panel: pd.DataFrame, horizon_days: int) -> int | None:
    """Days from the first cutoff to the end of the last label window; None without cutoffs."""
    cutoffs = cutoffs_of(panel)
    return (cutoffs[-1] + timedelta(days=horizon_days) - cutoffs[0]).days if cutoffs else None


def cutoffs_of(panel: pd.DataFrame) -> list[Any]:
    """The cutoffs in a panel, oldest first; none for a panel without them."""
    if "cutoff" not in panel:
        return []
    return [stamp.to_pydatetime() for stamp in sorted(pd.to_datetime(panel["cutoff"].unique()))]


def versions() -> dict[str, str]:
    """Versions of Python, Treue and the libraries a model depends on."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in ("treue", *LIBRARIES)},
    }


def code_version() -> str:
    """Git commit of a working copy of Treue (``+`` when changed), else the package's version."""
    folder = Path(__file__).resolve().parent.parent
    if (folder / ".git").exists():
        commit = _git(folder, ["rev-parse", "HEAD"])
        if commit:
            return commit + ("+" if _git(folder, ["status", "--porcelain", "-uno"]) else "")
    return f"treue {version('treue')}"


def _git(folder: Path, arguments: Iterable[str]) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def _family(name: str, families: Mapping[str, str] | None) -> str:
    if families is not None and name in families:
        return families[name]
    return CATALOGUE[name].family if name in CATALOGUE else "other"

"""Parameters judged inside the training rows, on data that are binned once for all of them.

A round asks about rows that its models did not know: a later cutoff, from the rows whose label
windows had passed by then (`treue.training.rolling`); where there is none, a third of the
customers, from the others. The customers are halved: by the first half parameters are searched, by
the other they are judged, so that the best of many trials is not taken for better than it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd

from treue.models.boosting import Binned
from treue.models.calibration import platt
from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.models.folds import customer_folds
from treue.models.threads import at_most
from treue.training.config import Config
from treue.training.fit import check_enough, columns_damped, columns_used, label_of
from treue.training.rolling import asked_and_known, origins_of
from treue.training.verdict import row_log_loss

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int_]

_MEMBERS = 2  # of the n_folds members: enough to compare parameters, each as large as in use
_GROUPS = 3  # of customers, where there are no later cutoffs


@dataclass(frozen=True)
class Fold:
    """Rows that train a member and rows that stop it, as subsets of the shared data."""

    outside: Positions
    training: lgb.Dataset
    stopping: lgb.Dataset


@dataclass(frozen=True)
class Round:
    """Rows asked about, and the folds of the rows known by then."""

    name: str
    asked: Positions
    folds: tuple[Fold, ...]


class Rounds:
    """All rounds of one target, sharing one binned `lightgbm.Dataset`.

    Parameters
    ----------
    panel
        Training rows: ``customer_id``, optionally ``cutoff``, the label and features.
    target
        ``churn`` or ``referral``.
    config
        The classifier's parameters, the horizon, ``model.inner_cutoffs``.

    Attributes
    ----------
    rounds
        Oldest and so cheapest first.
    time_forward
        Whether they are later cutoffs rather than groups of customers.
    searching
        Of each row (n,), whether its customer is of the half that parameters are searched by.

    Raises
    ------
    TreueError
        If an outcome is too rare, or no feature varies.
    """

    def __init__(self, panel: pd.DataFrame, target: str, *, config: Config) -> None:
        check_enough(panel, target, smallest=config.evaluation.smallest_class)
        horizon = config.label.horizon_days
        names, _ = columns_used(panel, target, horizon_days=horizon)
        self._config = config
        self.names = names
        self.label = label_of(panel, target)
        self.customers = panel["customer_id"].to_numpy()
        self._codes, _ = pd.factorize(self.customers, sort=True)
        self._seed = config.model.random_state
        columns = Columns.of(panel[names])
        damped = columns_damped(panel, names, horizon_days=horizon)
        self._weights = [float(name not in damped) for name in names] if damped else None
        with at_most(config.model.num_threads):
            self._binned = Binned.of(
                columns,
                columns.encode(panel[names]),
                self._parameters({}) | {"feature_pre_filter": False},  # leaves' size varies
            )
        origins = origins_of(panel, self.label, config=config)[::-1]
        self.time_forward = bool(origins)
        self.rounds = self._by_cutoff(panel, origins) if self.time_forward else self._by_customer()
        self.searching = self._dealt(np.arange(len(panel)), 2) == 0

    def losses(
        self,
        changed: Mapping[str, Any],
        one: Round,
        *,
        after_each_tree: Callable[[Any], None] | None = None,
    ) -> Floats:
        """Log loss of the rows asked about in one round, by calibrated members fitted for it.

        Parameters
        ----------
        changed
            Parameters of the classifier that differ from the configuration.
        one
            One of `rounds`.
        after_each_tree
            A callback of LightGBM; what it raises ends the fit.
        """
        parameters = self._parameters(changed)
        raw, asked, known = [], np.zeros(len(one.asked)), []
        callbacks = [lgb.early_stopping(self._config.model.early_stopping_rounds, verbose=False)]
        callbacks += [after_each_tree] if after_each_tree else []
        for number, fold in enumerate(one.folds):
            damped = {"feature_contri": self._weights} if self._weights and number % 2 else {}
            booster = lgb.train(
                parameters | {"seed": self._seed + number + 1} | damped,
                fold.training,
                num_boost_round=self._config.model.n_estimators,
                valid_sets=[fold.stopping],
                callbacks=callbacks,
            )
            raw.append(booster.predict(self._binned.encoded[fold.outside], raw_score=True))
            known.append(self.label[fold.outside])
            asked += booster.predict(self._binned.encoded[one.asked], raw_score=True)
        calibration = platt(np.concatenate(raw), np.concatenate(known))
        return row_log_loss(calibration.log_odds(asked / len(one.folds)), self.label[one.asked])

    def _parameters(self, changed: Mapping[str, Any]) -> dict[str, Any]:
        model = LoyaltyClassifier(**(self._config.model.classifier() | dict(changed)))
        return {**model.lightgbm_parameters(self._seed), "metric": "binary_logloss"}

    def _by_cutoff(self, panel: pd.DataFrame, origins: list[pd.Timestamp]) -> tuple[Round, ...]:
        horizon = self._config.label.horizon_days
        return tuple(
            self._round(f"{origin:%Y-%m-%d}", *asked_and_known(panel, origin, horizon))
            for origin in origins
        )

    def _by_customer(self) -> tuple[Round, ...]:
        group = self._dealt(np.arange(len(self.label)), _GROUPS)
        return tuple(
            self._round(
                f"customers {number + 1} of {_GROUPS}",
                np.flatnonzero(group == number),
                np.flatnonzero(group != number),
            )
            for number in range(_GROUPS)
        )

    def _round(self, name: str, asked: Positions, known: Positions) -> Round:
        fold = self._dealt(known, self._config.model.n_folds)
        folds = tuple(
            Fold(
                outside=known[fold == number],
                training=self._part(known[fold != number]),
                stopping=self._part(known[fold == number]),
            )
            for number in range(_MEMBERS)
        )
        return Round(name, asked, folds)

    def _part(self, rows: Positions) -> lgb.Dataset:
        return self._binned.part(rows, self.label[rows])

    def _dealt(self, rows: Positions, parts: int) -> Positions:
        """The part of each row, all rows of a customer in the same one."""
        seed = self._seed % 2**32
        return customer_folds(self.label[rows], self._codes[rows], n_folds=parts, seed=seed)

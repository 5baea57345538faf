"""How good probabilities are: ranking, closeness, calibration, lift.

Each metric is written once, over rows with weights. The figure shown has weight one everywhere; a
bootstrap replicate (`treue.models.intervals`) counts how often each row was drawn, and so needs no
new sorting. The tests hold AUROC, average precision, log loss and Brier against scikit-learn.

Everywhere ``y == 1`` marks the event and rows of equal probability are never told apart.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from treue.models.errors import ModelError
from treue.models.ranked import Floats, Ranked, rank

BINS = 10


def auroc(y: ArrayLike, p: ArrayLike) -> float:
    """Probability that a random event scores higher than a random non-event, ties counting half.

    `p` may be any finite score. NaN where all outcomes are the same.

    Examples
    --------
    >>> auroc([1, 0, 1, 0], [0.9, 0.5, 0.5, 0.1])
    0.875
    """
    return _once(weighted_auroc, rank(y, p, probability=False))


def average_precision(y: ArrayLike, p: ArrayLike) -> float:
    """Precision averaged over the recall it is reached at: sum of (R_k - R_{k-1}) P_k.

    `p` may be any finite score. NaN where all outcomes are the same.
    """
    return _once(weighted_average_precision, rank(y, p, probability=False))


def log_loss(y: ArrayLike, p: ArrayLike) -> float:
    """Mean of -log(probability given to what happened); probabilities clipped to [eps, 1 - eps]."""
    return _once(weighted_log_loss, rank(y, p))


def brier(y: ArrayLike, p: ArrayLike) -> float:
    """Mean squared distance of probability and outcome."""
    return _once(weighted_brier, rank(y, p))


def expected_calibration_error(y: ArrayLike, p: ArrayLike, *, bins: int = BINS) -> float:
    """Distance of stated and observed share, averaged over bins of equal mass.

    Rows of equal probability fall into one bin together, the one that holds the middle of their
    mass; so bins can differ in size, and there may be fewer of them than asked for.

    Some distance remains by chance even where every probability is exactly right: with m rows a
    bin and shares near q about sqrt(2 q (1 - q) / (pi m)).
    """
    if bins < 1:
        raise ModelError(f"bins: {bins} is no number of bins; ask for at least one")
    ranked = rank(y, p)
    return float(weighted_calibration_error(ranked, np.ones_like(ranked.y), bins=bins))


def lift_at(y: ArrayLike, p: ArrayLike, share: float) -> float:
    """Events among the `share` of rows with the highest `p`, over events among as many at random.

    A boundary that cuts through rows of equal `p`, or through a row, takes the expected part of
    them. `p` may be any finite score. NaN where all outcomes are the same.

    Examples
    --------
    >>> lift_at([1, 1, 0, 0, 0, 0, 0, 0], [0.9, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1], share=0.25)
    3.0
    """
    if not 0 < share <= 1:
        raise ModelError(f"share: {share} is outside 0..1; ask for 0.05 to see the highest 5 %")
    ranked = rank(y, p, probability=False)
    return float(weighted_lift(ranked, np.ones_like(ranked.y), share=share))


def weighted_auroc(ranked: Ranked, weights: Floats) -> float:
    """AUROC from cumulative sums over the sorted scores."""
    events, others = _events_and_others(ranked, weights)
    pairs = events.sum() * others.sum()
    others_below = others.sum() - np.cumsum(others)
    return float(events @ (others_below + others / 2) / pairs) if pairs > 0 else np.nan


def weighted_average_precision(ranked: Ranked, weights: Floats) -> float:
    """Average precision; a run of equal scores is reached as a whole."""
    events, others = _events_and_others(ranked, weights)
    if events.sum() == 0 or others.sum() == 0:
        return np.nan
    found, mass = np.cumsum(events), np.cumsum(events + others)
    precision = np.divide(found, mass, out=np.zeros_like(found), where=mass > 0)
    return float(events @ precision / events.sum())


def weighted_log_loss(ranked: Ranked, weights: Floats) -> float:
    """Log loss."""
    return float(weights @ ranked.surprise / weights.sum())


def weighted_brier(ranked: Ranked, weights: Floats) -> float:
    """Brier score."""
    return float(weights @ np.square(ranked.p - ranked.y) / weights.sum())


def weighted_calibration_error(ranked: Ranked, weights: Floats, *, bins: int = BINS) -> float:
    """Sum over bins of |events - expected events|, over all mass."""
    _, expected, observed = calibration_bins(ranked, weights, bins=bins)
    return float(np.abs(expected - observed).sum() / weights.sum())


def weighted_lift(ranked: Ranked, weights: Floats, *, share: float) -> float:
    """Lift, read off the gains curve by straight lines between the runs of equal scores."""
    events, others = _events_and_others(ranked, weights)
    if events.sum() == 0 or others.sum() == 0:
        return np.nan
    return float(gains(events, others, np.array([share]))[0] / share)


def gains(events: Floats, others: Floats, shares: Floats) -> Floats:
    """Return the part of all events found in the highest `shares` of the mass."""
    mass = np.concatenate(([0.0], np.cumsum(events + others)))
    found = np.concatenate(([0.0], np.cumsum(events)))
    return np.interp(shares * mass[-1], mass, found) / found[-1]


def calibration_bins(
    ranked: Ranked, weights: Floats, *, bins: int
) -> tuple[Floats, Floats, Floats]:
    """Return mass, expected events and observed events of each bin, from low to high probability.

    A run of equal probabilities goes whole into the bin that holds the middle of its mass. Bins
    that nothing fell into have mass 0.
    """
    mass = ranked.tie_sums(weights)
    total = mass.sum()
    twice_below = 2 * (total - np.cumsum(mass))  # whole numbers as long as weights are: no rounding
    chosen = np.floor(bins * (twice_below + mass) / (2 * total)).astype(np.intp)
    chosen = np.minimum(chosen, bins - 1)  # a highest run that was not drawn has its middle at 1

    def over_bins(values: Floats) -> Floats:
        return np.bincount(chosen, weights=values, minlength=bins).astype(np.float64)

    return (
        over_bins(mass),
        over_bins(mass * ranked.p[ranked.starts]),
        over_bins(ranked.tie_sums(weights * ranked.y)),
    )


def _events_and_others(ranked: Ranked, weights: Floats) -> tuple[Floats, Floats]:
    events = ranked.tie_sums(weights * ranked.y)
    return events, ranked.tie_sums(weights) - events


def _once(metric: Callable[[Ranked, Floats], float], ranked: Ranked) -> float:
    return metric(ranked, np.ones_like(ranked.y))

"""Recommendations that nobody recorded: what a model of recorded ones says of all.

A recommendation that is on no record looks like none. A model then learns the probability of a
*recorded* one. If every customer who recommends is recorded with the same chance `share`, whatever
he is like (selected completely at random), then

``P(recommends) = P(recommends and is recorded) / share``

and the order of customers is untouched. The share cannot be learned from such records: half as many
who recommend, all recorded, and twice as many, half of them recorded, give the same records. It is
the company's own statement, best measured by asking a random sample.

References
----------
Elkan and Noto (2008), Learning classifiers from only positive and unlabeled data, KDD.
Bekker and Davis (2020), Learning from positive and unlabeled data: a survey, Machine Learning 109
(what is identifiable under which assumption).
Menon, van Rooyen, Ong and Williamson (2015), Learning from corrupted binary labels via
class-probability estimation, ICML (the AUROC).
"""

import numpy as np
import numpy.typing as npt

from treue.models.errors import ModelError

Floats = npt.NDArray[np.float64]


def recorded_or_not(probability: npt.ArrayLike, share: float) -> Floats:
    """Probabilities of recommending, recorded or not, from those of a recorded recommendation.

    Parameters
    ----------
    probability : array (n,)
        Of a recorded one, as the model states it.
    share
        Of the customers who recommend within the horizon, the share who are on record.

    Returns
    -------
    array (n,)
        At most 1: a customer above `share` contradicts the assumption and is capped.

    Raises
    ------
    ModelError
        If the share is not above 0 and at most 1.

    Examples
    --------
    >>> recorded_or_not([0.02, 0.3, 0.7], share=0.5).tolist()
    [0.04, 0.6, 1.0]
    """
    _check(share)
    return np.minimum(np.asarray(probability, dtype=np.float64) / share, 1.0)


def auroc_recorded_or_not(auroc: float, rate: float, share: float) -> float:
    """AUROC against who truly recommends, from the one against who is on record.

    Hidden recommenders stand among those who count as others and are ranked like recommenders, so
    they pull the figure towards a half: ``A_recorded = (1 - h) A + h / 2`` with `h` the share of
    them among the others, ``rate (1 / share - 1) / (1 - rate)``.

    Parameters
    ----------
    auroc
        On recorded outcomes.
    rate
        Share of customers on record as recommending.
    share
        As in `recorded_or_not`.

    Raises
    ------
    ModelError
        If the share is not above 0 and at most 1, or more would recommend than there are.

    Examples
    --------
    >>> round(auroc_recorded_or_not(0.7, rate=0.1, share=0.5), 3)
    0.725
    """
    _check(share)
    hidden = rate * (1 / share - 1) / (1 - rate)
    if not 0 <= hidden < 1:
        raise ModelError(
            f"{rate:.1%} are on record as recommending; with a recorded share of {share:.1%} more "
            "would recommend than there are customers; state a higher share"
        )
    return (auroc - hidden / 2) / (1 - hidden)


def _check(share: float) -> None:
    if not 0 < share <= 1:
        raise ModelError(f"recorded share: {share}; give a share above 0 and at most 1")

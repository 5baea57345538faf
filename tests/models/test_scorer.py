"""What a loaded model does without scikit-learn."""

import numpy as np
import pytest

from treue.models.classifier import LoyaltyClassifier
from treue.models.columns import Columns
from treue.models.errors import ModelError
from treue.models.scorer import PARAMETERS, Scorer, fitted_with


def test_it_knows_the_parameters_of_what_fits_it():
    parameters = LoyaltyClassifier().get_params()
    assert sorted(PARAMETERS) == sorted(parameters)
    assert fitted_with(parameters).get_params() == parameters


def test_a_foreign_parameter_is_refused():
    with pytest.raises(ModelError, match="Invalid parameter 'depth'; known are n_folds"):
        fitted_with({"depth": 3})


@pytest.mark.parametrize("threads", [float("nan"), float("inf"), "2", 1.5])
def test_threads_that_are_no_whole_number_are_refused(threads):
    with pytest.raises(ModelError, match=r"num_threads: .* is no whole number"):
        fitted_with({"num_threads": threads})


def test_what_is_fitted_anew_has_the_parameters_of_what_was_loaded():
    loaded = fitted_with(LoyaltyClassifier(n_folds=3, num_threads=2).get_params())
    anew = LoyaltyClassifier(**loaded.get_params())
    assert anew.get_params()["n_folds"] == 3
    assert not hasattr(LoyaltyClassifier, "with_parameters")


def test_a_matrix_of_another_width_or_with_infinite_numbers_is_refused():
    scorer = Scorer()
    scorer.columns_, scorer.n_features_in_ = Columns.numbered(2), 2
    with pytest.raises(ModelError, match=r"rows of 2 columns are wanted, not \(1, 3\)"):
        scorer.decision_function(np.zeros((1, 3)))
    with pytest.raises(ModelError, match="infinite values"):
        scorer.decision_function([[1.0, np.inf]])

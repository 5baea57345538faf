"""The models with which ``treue serve`` answers."""

from types import SimpleNamespace

from treue.commands.serve import _predictors
from treue.features.errors import TreueError
from treue.serving.loaded_later import LoadedLater


def test_models_are_ready_for_a_first_customer_when_they_are_loaded(predictors):
    assert not any("plain_storyteller" in vars(each) for each in predictors.values())
    found = LoadedLater(lambda: _predictors(SimpleNamespace(champions=lambda: predictors)))
    assert list(found) == ["churn", "referral"]
    for each in found.values():
        assert {"fingerprint", "plain_storyteller"} <= vars(each).keys()


def test_pages_do_without_models():
    def champions():
        raise TreueError("nothing was trained yet")

    assert _predictors(SimpleNamespace(champions=champions)) == {}

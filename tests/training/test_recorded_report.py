"""What a referral model's card says of recommendations that nobody recorded."""

from types import SimpleNamespace
from typing import Any

from treue.models.intervals import Interval
from treue.training.config import Config, config_from
from treue.training.recorded_report import recorded_section


def judged(target: str = "referral", *, positives: int = 100) -> Any:
    figures = {"model": {"auroc": Interval(0.7, 0.65, 0.75)}}
    overall = SimpleNamespace(rows=1000, positives=positives, figures=figures)
    return SimpleNamespace(target=target, overall=overall)


def recorded(share: float) -> Config:
    return config_from({"label": {"referral_recorded": share}})


def test_half_on_record_means_twice_as_many_and_a_better_ranking() -> None:
    (text,) = recorded_section(judged(), recorded(0.5))
    assert "50% of the customers who recommend" in text
    assert "10.0% of the held-out rows are on record, so 20.0% recommend" in text
    assert "AUROC would be 0.725" in text


def test_where_nothing_is_stated_the_card_says_what_was_taken_for_granted() -> None:
    (text,) = recorded_section(judged(), recorded(1.0))
    assert "`label.referral_recorded`" in text


def test_a_share_that_cannot_be_is_told_not_raised() -> None:
    (text,) = recorded_section(judged(positives=400), recorded(0.2))
    assert text.startswith("`label.referral_recorded` contradicts the data: 40.0% are on record")


def test_leaving_and_ready_panels_have_no_such_paragraph() -> None:
    assert recorded_section(judged("churn"), recorded(0.5)) == []
    ready = config_from({"panel": {"path": "p.csv", "referred": "r"}})
    assert recorded_section(judged(), ready) == []

"""What a referral model's figures say of all recommendations, not only of those on record."""

from treue.models.errors import ModelError
from treue.models.recorded import auroc_recorded_or_not
from treue.training.config import Config
from treue.training.evaluate import Evaluation
from treue.training.segments import MODEL


def recorded_section(evaluation: Evaluation, config: Config) -> list[str]:
    """One paragraph for the model card of a referral model made from tables, else none."""
    if evaluation.target != "referral" or config.panel is not None:
        return []
    share = config.label.referral_recorded
    if share == 1:
        return [
            "A recommendation that nobody recorded counts as none. If you know which share of "
            "those who recommend is on record, state it as `label.referral_recorded`."
        ]
    judged = evaluation.overall
    rate = judged.positives / judged.rows
    try:
        auroc = auroc_recorded_or_not(judged.figures[MODEL]["auroc"].value, rate, share)
    except ModelError as error:
        return [f"`label.referral_recorded` contradicts the data: {error}."]
    return [
        "All figures are of recommendations *on record*. By the company's own statement "
        f"(`label.referral_recorded`) these are {share:.0%} of the customers who recommend: "
        f"{rate:.1%} of the held-out rows are on record, so {rate / share:.1%} recommend, and "
        f"against all of them the model's AUROC would be {auroc:.3f}. That holds if everybody is "
        "recorded with the same chance; these data can neither show nor refute it."
    ]

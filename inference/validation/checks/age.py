"""How long ago the model was trained. Age is no drift; it is a reason to look."""

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

OLD_DAYS = 180
_ZONES_DAYS = 1.0  # a time without a zone may seem to lie up to 14 hours ahead


def check(subject: Subject) -> Outcome:
    """A warning for a model older than half a year or from the future; nothing where no time is given."""
    age = subject.age_days
    if age is None:
        return Outcome(figures={"age_days": None}, is_applicable=False)
    figures = {"age_days": round(age, 1), "old_after_days": OLD_DAYS}
    if age < -_ZONES_DAYS:
        said = f"The declared time of training lies {-age:.0f} days in the future."
        return Outcome(
            [Finding.warning("trained_in_future", said, "Set the clock of the training machine.")], figures
        )
    if age > OLD_DAYS:
        said = f"The model was trained {age:.0f} days ago."
        wish = "Check drift; if what it sees has changed, train it on recent logs."
        return Outcome([Finding.warning("model_old", said, wish)], figures)
    return Outcome(figures=figures)

"""The scaler's columns: finite, and which ones never varied in training."""

import numpy as np

from inference.validation.findings import Finding, Outcome
from inference.validation.plain import some
from inference.validation.subject import Subject


def check(subject: Subject) -> Outcome:
    """Errors for columns that cannot be scaled, a warning for constant ones; nothing without a scaler."""
    state = subject.scaler
    if state is None:
        return Outcome(figures={"scaler": subject.scaler_name or None}, is_applicable=False)
    unusable = ~np.isfinite(state.center) | ~np.isfinite(state.spread) | (state.spread <= 0)
    constant = state.constant & ~unusable
    figures = {
        "scaler": subject.scaler_name,
        "columns": len(state.center),
        "constant_columns": int(constant.sum()),
        "unusable_columns": int(unusable.sum()),
    }
    findings = []
    if unusable.any():
        findings.append(
            Finding.error(
                "scaler_not_finite",
                f"The scaler has no finite mean and positive scale for {some(_names(subject, unusable))}.",
                "Train it again on finite values.",
            )
        )
    if constant.all():
        findings.append(
            Finding.error(
                "scaler_constant",
                "Every column had one single value in training, so nothing can be told apart.",
                "Train on data that varies.",
            )
        )
    elif constant.any():
        findings.append(
            Finding.warning(
                "constant_columns",
                f"{int(constant.sum())} of {len(constant)} columns had one single value in training; later "
                f"changes in them go unseen or unscaled: {some(_names(subject, constant))}.",
                "Train on data in which they vary, or leave them out.",
            )
        )
    return Outcome(findings, figures)


def _names(subject: Subject, chosen: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[str]:
    names = subject.feature_names
    return [names[i] if i < len(names) else f"column {i}" for i in np.flatnonzero(chosen).tolist()]

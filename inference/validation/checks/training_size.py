"""Enough training rows for the number of columns.

With fewer rows than columns the scaler and every split rest on single rows. Ten rows per column is the
usual floor for estimating anything per column (Harrell, Regression Modeling Strategies, 2nd ed., 4.4);
an isolation forest wants 256 rows for its subsamples (Liu, Ting and Zhou 2008, section 5.2).
"""

from inference.validation.findings import Finding, Outcome
from inference.validation.subject import Subject

ROWS_PER_COLUMN = 10
_SUBSAMPLE = 256


def check(subject: Subject) -> Outcome:
    """An error below one row per column, a warning below ten or below a forest's subsample."""
    measured = subject.scaler.rows if subject.scaler else None
    declared = subject.training_samples
    rows = declared if measured is None else measured
    if rows is None or rows < 0 or subject.n_features < 1:
        return Outcome(figures={"training_samples": None}, is_applicable=False)
    figures = {
        "training_samples": rows,
        "measured": measured is not None,
        "n_features": subject.n_features,
        "rows_per_feature": round(rows / subject.n_features, 2),
    }
    findings = _judge(subject, rows)
    if None not in (measured, declared) and measured != declared:
        findings.append(
            Finding.warning(
                "training_size_differs",
                f"The package declares {declared:,} training rows, its scaler saw {measured:,}.",
                "Export model, scaler and metadata of one training together.",
            )
        )
    return Outcome(findings, figures)


def _judge(subject: Subject, rows: int) -> list[Finding]:
    columns = subject.n_features
    wish = f"Train on at least {max(ROWS_PER_COLUMN * columns, _SUBSAMPLE):,} rows."
    if rows < columns:
        said = (
            f"{rows:,} training rows are fewer than the {columns} columns: the model has learnt single rows."
        )
        return [Finding.error("training_too_small", said, wish)]
    if rows < ROWS_PER_COLUMN * columns:
        said = f"{rows:,} training rows for {columns} columns are fewer than {ROWS_PER_COLUMN} for each."
        return [Finding.warning("training_small", said, wish)]
    if subject.estimator == "IsolationForest" and rows < _SUBSAMPLE:
        said = f"{rows:,} training rows are fewer than the {_SUBSAMPLE} that each tree should draw from."
        return [Finding.warning("training_small", said, wish)]
    return []

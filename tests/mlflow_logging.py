"""Run by the MLflow environment's own Python: log small detectors and print what they score.

``python mlflow_logging.py TRACKING_URI NAMES_JSON`` logs one pipeline per way of serialising, each as a
registered model of its own with the alias ``champion``; the last line is JSON: scores by model name.
"""

import json
import sys
from typing import Any

import mlflow  # type: ignore[import-not-found]
import numpy as np
import pandas as pd  # type: ignore[import-untyped]
from mlflow.models import infer_signature  # type: ignore[import-not-found]
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

_TREE = ["sklearn.tree._tree.Tree"]  # without it MLflow refuses to save any forest as skops


def main(uri: str, names: list[str]) -> None:
    """Log, register, alias, and print the scores of the first three training rows."""
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient()
    rows = pd.DataFrame(np.random.default_rng(0).normal(size=(120, len(names))), columns=names)
    forest = IsolationForest(n_estimators=10, contamination=0.1, random_state=0)
    pipeline = Pipeline([("scale", StandardScaler()), ("forest", forest)]).fit(rows)
    ways: dict[str, dict[str, Any]] = {
        "by-cloudpickle": {"serialization_format": "cloudpickle"},
        "by-pickle": {"serialization_format": "pickle"},
        "by-skops": {"serialization_format": "skops", "skops_trusted_types": _TREE},
    }
    for name, more in ways.items():
        with mlflow.start_run(run_name=name):
            mlflow.log_param("n_estimators", 10)
            mlflow.log_metric("score_mean", 0.41)
            signature = infer_signature(rows, pipeline.predict(rows))
            mlflow.sklearn.log_model(
                pipeline, name="model", registered_model_name=name, signature=signature, **more
            )
        client.set_registered_model_alias(name, "champion", "1")
    scores = (-pipeline.score_samples(rows.iloc[:3])).tolist()
    print(json.dumps({"rows": rows.iloc[:3].to_numpy().tolist(), "scores": scores}))


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))

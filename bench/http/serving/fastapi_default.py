"""FastAPI as its guide writes it: a body model, a plain function, the answer a dictionary."""

from fastapi import FastAPI
from pydantic import BaseModel

from bench.http.serving.scorers import chosen

app = FastAPI()
score = chosen()


class Rows(BaseModel):
    """The body."""

    features: list[list[float]]


@app.post("/predict")
def predict(body: Rows) -> dict:
    """Scores and labels."""
    scores, labels = score(body.features)
    return {"scores": scores, "predictions": labels}


@app.get("/ready")
def ready() -> dict:
    """The model is loaded."""
    return {}

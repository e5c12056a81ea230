"""FastAPI with its body model, but on the event loop and with an answer written by orjson."""

import orjson
from fastapi import FastAPI, Response
from pydantic import BaseModel

from bench.http.serving.scorers import chosen

app = FastAPI()
score = chosen()


class Rows(BaseModel):
    """The body."""

    features: list[list[float]]


@app.post("/predict")
async def predict(body: Rows) -> Response:
    """Scores and labels."""
    scores, labels = score(body.features)
    answer = orjson.dumps({"scores": scores, "predictions": labels})
    return Response(answer, media_type="application/json")


@app.get("/ready")
async def ready() -> dict:
    """The model is loaded."""
    return {}

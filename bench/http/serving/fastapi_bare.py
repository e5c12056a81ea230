"""FastAPI as a bare router: nothing of the body is checked, orjson reads it and writes the answer."""

import orjson
from fastapi import FastAPI, Request, Response

from bench.http.serving.scorers import chosen

app = FastAPI()
score = chosen()


@app.post("/predict")
async def predict(request: Request) -> Response:
    """Scores and labels."""
    scores, labels = score(orjson.loads(await request.body())["features"])
    answer = orjson.dumps({"scores": scores, "predictions": labels})
    return Response(answer, media_type="application/json")


@app.get("/ready")
async def ready() -> dict:
    """The model is loaded."""
    return {}

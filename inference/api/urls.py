"""Routes of scoring, with and without a trailing slash; included before the routes of references."""

from django.urls import re_path

from inference.api.analyze import analyze
from inference.api.current import CurrentView
from inference.api.predict import predict

urlpatterns = [
    re_path(r"^models/analyze/?$", analyze, name="analyze"),
    re_path(r"^models/predict/?$", predict, name="predict"),
    re_path(r"^models/current/?$", CurrentView.as_view(), name="current"),
]

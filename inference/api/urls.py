"""Routes of scoring, with and without a trailing slash; included before the routes of references."""

from django.urls import re_path

from inference.api.analyze import analyze
from inference.api.current import CurrentView
from inference.api.documentation import AnalyzeDocumentation, PredictDocumentation, documented
from inference.api.predict import predict

urlpatterns = [
    re_path(r"^models/analyze/?$", documented(analyze, by=AnalyzeDocumentation), name="analyze"),
    re_path(r"^models/predict/?$", documented(predict, by=PredictDocumentation), name="predict"),
    re_path(r"^models/current/?$", CurrentView.as_view(), name="current"),
]

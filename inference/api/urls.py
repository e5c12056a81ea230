"""Routes of scoring, with and without a trailing slash; included before the routes of references."""

from django.urls import re_path

from inference.api.analyze import analyze
from inference.api.current import CurrentView
from inference.api.documentation import AnalyzeDocumentation, PredictDocumentation, documented
from inference.api.faults import FaultList
from inference.api.predict import predict
from inference.api.serving import ServingView
from inference.api.validation import Validate, ValidateCompatibility, ValidationReportView
from modelhub.artifacts.labels import RESERVED

# These routes come before the fixed words of other rooms (`import/…`, `performance/…`); no label is one.
_VERSION = rf"(?P<version>(?!(?:{'|'.join(sorted(RESERVED))})/)[^/]+)"

urlpatterns = [
    re_path(r"^models/analyze/?$", documented(analyze, by=AnalyzeDocumentation), name="analyze"),
    re_path(r"^models/predict/?$", documented(predict, by=PredictDocumentation), name="predict"),
    re_path(r"^models/current/?$", CurrentView.as_view(), name="current"),
    re_path(r"^serving/faults/?$", FaultList.as_view(), name="serving-faults"),
    re_path(r"^serving/?$", ServingView.as_view(), name="serving"),
    re_path(rf"^model-management/{_VERSION}/validate/?$", Validate.as_view(), name="validate"),
    re_path(
        rf"^model-management/{_VERSION}/validate-compatibility/?$",
        ValidateCompatibility.as_view(),
        name="validate-compatibility",
    ),
    re_path(
        rf"^model-management/{_VERSION}/validation-report/?$",
        ValidationReportView.as_view(),
        name="validation-report",
    ),
]

"""Everything under /api/v1: fixed words first, references last."""

from django.urls import include, path, re_path

from modelhub.api.document import RedocPage, SchemaView, SwaggerPage

urlpatterns = [
    path("", include("inference.api.urls")),
    path("", include("monitoring.api.urls")),
    path("", include("modelhub.transfers.urls")),
    path("", include("modelhub.registry.urls")),
    path("", include("modelhub.audit.urls")),
    re_path(r"^schema/?$", SchemaView.as_view(), name="schema"),
    re_path(r"^docs/?$", SwaggerPage.as_view(), name="api-docs"),
    re_path(r"^redoc/?$", RedocPage.as_view(), name="api-redoc"),
]

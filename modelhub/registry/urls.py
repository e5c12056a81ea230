"""Routes of versions, with and without a trailing slash; included after all fixed words."""

from django.urls import re_path

from modelhub.registry.api import VersionViewSet

_REFERENCE = r"(?P<version>[^/]+)"

urlpatterns = [
    re_path(r"^models/?$", VersionViewSet.as_view({"get": "list"}), name="models"),
    re_path(r"^model-management/models/?$", VersionViewSet.as_view({"get": "list"}), name="managed-models"),
    re_path(
        rf"^model-management/models/{_REFERENCE}/?$",
        VersionViewSet.as_view({"get": "info"}),
        name="managed-model",
    ),
    *[
        re_path(
            rf"^models/{_REFERENCE}/{name}/?$",
            VersionViewSet.as_view({method: name}),
            name=f"model-{name}",
        )
        for name, method in {
            "info": "get",
            "load": "post",
            "activate": "post",
            "deactivate": "post",
            "deploy": "post",
        }.items()
    ],
    *[
        re_path(
            rf"^model-management/{_REFERENCE}/{name}/?$",
            VersionViewSet.as_view({"post": name}),
            name=f"managed-{name}",
        )
        for name in ("deploy", "rollback")
    ],
]

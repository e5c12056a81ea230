"""Routes of versions, with and without a trailing slash; included after all fixed words."""

from django.urls import re_path

from modelhub.registry.api import VersionViewSet
from modelhub.registry.deploymentsapi import DeploymentAt, DeploymentList
from modelhub.registry.documentapi import RegistryDocument
from modelhub.registry.managementapi import ManagedVersionViewSet, VersionAlias, VersionRemoval

_REFERENCE = r"(?P<version>[^/]+)"

urlpatterns = [
    re_path(r"^registry/document/?$", RegistryDocument.as_view(), name="registry-document"),
    re_path(r"^deployments/?$", DeploymentList.as_view(), name="deployments"),
    re_path(r"^deployments/at/?$", DeploymentAt.as_view(), name="deployment-at"),
    re_path(r"^models/?$", VersionViewSet.as_view({"get": "list"}), name="models"),
    re_path(
        r"^model-management/models/?$",
        ManagedVersionViewSet.as_view({"get": "list"}),
        name="managed-models",
    ),
    re_path(
        rf"^model-management/models/{_REFERENCE}/?$",
        ManagedVersionViewSet.as_view({"get": "info"}),
        name="managed-model",
    ),
    re_path(
        rf"^model-management/models/{_REFERENCE}/aliases/(?P<name>[^/]+)/?$",
        VersionAlias.as_view(),
        name="managed-alias",
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
    # Last of all: every fixed word of the same shape has been matched by now, here or in the rooms above.
    re_path(rf"^model-management/{_REFERENCE}/?$", VersionRemoval.as_view(), name="managed-removal"),
]

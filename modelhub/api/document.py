"""The address of the OpenAPI document."""

from typing import ClassVar

from drf_spectacular.views import SpectacularAPIView


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for signed-in callers."""

    permissions_needed: ClassVar = {"get": "registry.view_modelversion"}

"""The address of the OpenAPI document."""

from typing import ClassVar

from drf_spectacular.views import SpectacularAPIView

from modelhub.api.authentication import HubAuthentication
from modelhub.api.permissions import Allowed


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for signed-in callers."""

    authentication_classes = [HubAuthentication]
    permission_classes = [Allowed]
    permissions_needed: ClassVar = {"get": "registry.view_modelversion"}

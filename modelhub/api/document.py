"""The OpenAPI document, and two pages that show it: Swagger UI to try calls, Redoc to read.

Both come from static files of ours; nothing is fetched from elsewhere.
"""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.renderers import TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.authentication import HubAuthentication
from modelhub.api.permissions import Allowed

READ = "registry.view_modelversion"


class _OneDocument(SchemaGenerator):
    """Makes the document once in a process: it takes a second, and is the same for every caller."""

    _made: ClassVar[dict[str, Any]] = {}

    def get_schema(self, request: Any = None, public: bool = False) -> dict[str, Any]:
        """The document."""
        if not self._made:
            self._made.update(super().get_schema(request=request, public=public))  # type: ignore[no-untyped-call]
        return self._made


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, for signed-in callers."""

    generator_class = _OneDocument
    authentication_classes = [HubAuthentication]
    permission_classes = [Allowed]
    permissions_needed: ClassVar = {"get": READ}


class _DocumentPage(APIView):
    """A page for people; who opens it without being signed in is led to the sign-in."""

    permissions_needed: ClassVar = {"get": READ}
    renderer_classes = [TemplateHTMLRenderer]
    template = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The page, a problem for programs, or the way to sign in for browsers."""
        response = super().dispatch(request, *args, **kwargs)
        if response.status_code == 401 and "text/html" in request.headers.get("Accept", ""):
            return redirect(f"{reverse('admin:login')}?next={request.path}")
        return response

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        """The page; it reads the document from its own address."""
        return Response({"document": reverse("schema")}, template_name=self.template)


class SwaggerPage(_DocumentPage):
    """Swagger UI: every operation with its shapes, and a way to try it."""

    template = "api/swagger.html"


class RedocPage(_DocumentPage):
    """Redoc: the same document for reading."""

    template = "api/redoc.html"

"""All addresses: health, metrics, the API under /api/v1, the admin; / leads to the admin."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from modelhub import health
from modelhub.console.login import login

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}console/icon.svg")),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("", include("monitoring.exposition.urls")),
    path("api/v1/", include("modelhub.api.urls")),
    path("admin/login/", login, name="admin-login"),
    path("admin/", admin.site.urls),
]
handler400 = "modelhub.api.problems.bad_request"
handler403 = "modelhub.api.problems.forbidden"
handler404 = "modelhub.api.problems.page_not_found"
handler500 = "modelhub.api.problems.server_error"

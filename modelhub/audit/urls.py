"""Route of the audit trail, with and without a trailing slash."""

from django.urls import re_path

from modelhub.audit.api import AuditTrail

urlpatterns = [re_path(r"^audit/?$", AuditTrail.as_view(), name="audit")]

"""The address that Prometheus asks."""

from django.urls import re_path

from monitoring.exposition.view import metrics

urlpatterns = [re_path(r"^metrics/?$", metrics, name="metrics")]

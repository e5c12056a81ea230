"""Routes of watching, with and without a trailing slash; included before the routes of references."""

from django.urls import re_path

from monitoring.api import alerts, drift, performance

urlpatterns = [
    re_path(
        r"^model-management/performance/(?P<version>[^/]+)/check-drift/?$",
        drift.DriftCheckNow.as_view(),
        name="check-drift",
    ),
    re_path(
        r"^model-management/performance/(?P<version>[^/]+)/drift-checks/?$",
        drift.DriftCheckList.as_view(),
        name="drift-checks",
    ),
    re_path(r"^model-management/performance/?$", performance.AllPerformance.as_view(), name="performance"),
    re_path(
        r"^model-management/performance/cleanup/?$", performance.Cleanup.as_view(), name="performance-cleanup"
    ),
    re_path(
        r"^model-management/performance/(?P<version>[^/]+)/report/?$",
        performance.VersionReport.as_view(),
        name="performance-report",
    ),
    re_path(
        r"^model-management/performance/(?P<version>[^/]+)/?$",
        performance.VersionPerformance.as_view(),
        name="version-performance",
    ),
    re_path(r"^alerts/?$", alerts.AlertList.as_view(), name="alerts"),
    re_path(r"^alerts/(?P<alert_id>[0-9]{1,18})/close/?$", alerts.AlertClosing.as_view(), name="alert-close"),
    re_path(
        r"^notification-channels/(?P<name>[^/]+)/test/?$", alerts.ChannelTest.as_view(), name="channel-test"
    ),
]

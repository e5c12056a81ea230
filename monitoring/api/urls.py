"""Routes of watching, with and without a trailing slash; included before the routes of references."""

from django.urls import re_path

from monitoring.api import alerts

urlpatterns = [
    re_path(r"^alerts/?$", alerts.AlertList.as_view(), name="alerts"),
    re_path(r"^alerts/(?P<alert_id>[0-9]{1,18})/close/?$", alerts.AlertClosing.as_view(), name="alert-close"),
    re_path(
        r"^notification-channels/(?P<name>[^/]+)/test/?$", alerts.ChannelTest.as_view(), name="channel-test"
    ),
]

"""Who is told of alerts, and what became of every message."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Fact, actor
from modelhub.console.rows import ReadOnlyRows
from monitoring.admin.forms import ChannelForm
from monitoring.models import Delivery, NotificationChannel
from monitoring.models.notifications import DeliveryState
from monitoring.notifications import outbox

TONES = {DeliveryState.PENDING: "info", DeliveryState.SENT: "good", DeliveryState.GIVEN_UP: "bad"}


@admin.register(NotificationChannel)
class NotificationChannelAdmin(HubAdmin):
    """Mail addresses and webhooks that hear of every alert."""

    form = ChannelForm
    list_display = ("name", "kind", text("address"), "is_enabled", "last", "test_link")
    list_filter = ("kind", "is_enabled")
    search_fields = ("name", "address")
    change_form_outer_before_template = "admin/console/channel_test.html"
    lead = "Who hears of it when an alert opens or closes: people by mail, programs by signed webhook."
    lead_label = "Add a receiver"
    empty_title = "Nobody is told of alerts yet"
    empty_text = "Add mail addresses or a webhook, and send a test. Alerts are on their page either way."
    empty_link = "admin:monitoring_notificationchannel_add"
    empty_link_text = "Add a receiver"
    empty_permission = "monitoring.add_notificationchannel"

    def get_urls(self) -> list[Any]:
        test = self.admin_site.admin_view(self.test_view)
        name = "monitoring_notificationchannel_test"
        return [path("<path:object_id>/test/", test, name=name), *super().get_urls()]

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST sends a test message now and says what came of it."""
        self.demand(request, "monitoring.change_notificationchannel")
        channel = self.viewable(request, object_id)
        if request.method == "POST":
            sent = outbox.deliver_now(outbox.announce_test(channel))
            trail.record(
                "channel.test", f"channel {channel.name}", actor(request), after={"state": sent.state}
            )
            if sent.state == DeliveryState.SENT:
                messages.success(request, f"{channel} took the test message.")
            else:
                messages.error(request, f"{channel} did not take the test message. {sent.last_error}")
        return redirect(reverse("admin:monitoring_notificationchannel_change", args=[channel.pk]))

    def save_model(self, request: HttpRequest, obj: NotificationChannel, form: Any, change: bool) -> None:
        """Save with its line in the trail."""
        before = _described(NotificationChannel.objects.filter(pk=obj.pk).first())
        super().save_model(request, obj, form, change)
        verb = "channel.change" if change else "channel.create"
        _record(verb, obj, actor(request), before=before, after=_described(obj))

    def delete_model(self, request: HttpRequest, obj: NotificationChannel) -> None:
        """Delete with its line in the trail."""
        before = _described(obj)
        super().delete_model(request, obj)
        _record("channel.delete", obj, actor(request), before=before, after={})

    @admin.display(description="last message")
    def last(self, channel: NotificationChannel) -> SafeString | str:
        row = channel.deliveries.first()
        return badge(row.get_state_display(), TONES[DeliveryState(row.state)]) if row else "none yet"

    @admin.display(description="")
    def test_link(self, channel: NotificationChannel) -> SafeString:
        page = reverse("admin:monitoring_notificationchannel_change", args=[channel.pk])
        return format_html('<a class="mh-link" href="{}">Open and test</a>', page)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyRows, HubAdmin):
    """The outbox: written with what it tells of, tried again until it arrives or is given up."""

    report_template = "admin/console/record.html"
    list_display = (
        "state_now",
        "event",
        "channel",
        "attempts",
        text("last_error", "answer"),
        moment("created_at", "made"),
    )
    list_display_links = ("state_now", "event")
    list_filter = ("state", "event", "channel")
    list_select_related = ("channel",)
    lead = "Every message to a receiver, with what came of it."
    empty_title = "No messages yet"
    empty_text = "A message is written for every receiver when an alert opens or closes."
    empty_link = "admin:monitoring_notificationchannel_changelist"
    empty_link_text = "Choose who is told"
    empty_permission = "monitoring.view_notificationchannel"

    def report_rows(self) -> Any:
        return Delivery.objects.select_related("channel", "alert__version__model")

    def report_context(self, request: HttpRequest, row: Delivery) -> dict[str, Any]:
        alert = reverse("admin:monitoring_alert_change", args=[row.alert_id]) if row.alert_id else ""
        waiting = row.state == DeliveryState.PENDING
        return {
            "facts": [
                Fact("State", row.get_state_display()),
                Fact("Event", row.event),
                Fact("To", row.channel.name),
                Fact("About", row.alert.summary if row.alert else "a test", href=alert),
                Fact("Tries", row.attempts),
                Fact("Next try", row.next_try_at if waiting else None),
                Fact("Sent", row.sent_at),
                Fact("HTTP status", row.last_status),
                Fact("Last answer", row.last_error),
                Fact("Delivery id", row.delivery_id, code=True),
            ]
        }

    @admin.display(description="state", ordering="state")
    def state_now(self, delivery: Delivery) -> SafeString:
        return badge(delivery.get_state_display(), TONES[DeliveryState(delivery.state)])


def _described(channel: NotificationChannel | None) -> dict[str, Any]:
    if channel is None:
        return {}
    names = ("kind", "address", "secret_variable", "is_enabled")
    return {name: getattr(channel, name) for name in names}


def _record(verb: str, channel: NotificationChannel, who: Actor, *, before: Any, after: Any) -> None:
    trail.record(verb, f"channel {channel.name}", who, before=before, after=after)

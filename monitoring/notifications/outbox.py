"""The outbox: messages are rows of the transaction that they tell of, and are sent afterwards.

A message is sent at least once: who takes a row first moves its next try away, so that of several
workers one sends it, and one that dies in between is followed by another.
"""

import logging
import uuid
from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from monitoring import metering
from monitoring.models import Alert, Delivery, NotificationChannel
from monitoring.models.notifications import DeliveryState
from monitoring.notifications import payload, transport

log = logging.getLogger(__name__)
# Seconds before each further try: half a day in all, as long as a receiver may be away over night.
BACK_OFF_S = (10, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 14_400)
_LEASE = timedelta(seconds=60)  # longer than any one try takes


def announce(event: str, alert: Alert) -> int:
    """Every enabled receiver has a message about the alert on its way; part of the caller's transaction."""
    said = payload.of_alert(event, alert)
    rows = [
        Delivery(channel=channel, alert=alert, delivery_id=uuid.uuid4(), event=event, payload=said)
        for channel in NotificationChannel.objects.filter(is_enabled=True)
    ]
    return len(Delivery.objects.bulk_create(rows))


def announce_test(channel: NotificationChannel) -> Delivery:
    """The receiver has a test message on its way."""
    said = payload.of_test(channel.name)
    return Delivery.objects.create(channel=channel, delivery_id=uuid.uuid4(), event="test", payload=said)


def deliver_due(*, most: int = 100) -> dict[str, int]:
    """Try every message that is due, oldest first; answers how many were sent, failed and given up."""
    due = Delivery.objects.filter(state=DeliveryState.PENDING, next_try_at__lte=timezone.now())
    counts = {"sent": 0, "failed": 0, "given_up": 0}
    for key in list(due.order_by("next_try_at", "pk").values_list("pk", flat=True)[:most]):
        if (delivery := _take(key)) is not None:
            counts[_try(delivery)] += 1
    return counts


def deliver_now(delivery: Delivery) -> Delivery:
    """One try of this very message, whenever it is due; the row says what came of it."""
    taken = _take(delivery.pk, when_due=False)
    if taken is not None:
        _try(taken)
    delivery.refresh_from_db()
    return delivery


def _take(key: int, *, when_due: bool = True) -> Delivery | None:
    """The row, if nobody else has taken it in the meantime."""
    now = timezone.now()
    rows = Delivery.objects.filter(pk=key, state=DeliveryState.PENDING)
    free = rows.filter(next_try_at__lte=now) if when_due else rows
    if not free.update(next_try_at=now + _LEASE, attempts=F("attempts") + 1):
        return None
    return Delivery.objects.select_related("channel").get(pk=key)


def _sent(delivery: Delivery) -> transport.Answer:
    """What came of the try; a fault of ours is one as well, so that it stops no other message and ends."""
    try:
        return transport.send(delivery)
    except Exception:
        log.exception("a notification could not be sent", extra={"delivery": delivery.pk})
        return transport.Answer("It could not be sent because of a fault here. The log has the details.")


def _try(delivery: Delivery) -> str:
    answer = _sent(delivery)
    delivery.last_status, delivery.last_error = answer.status, answer.error[:300]
    if not answer.error:
        delivery.state, delivery.sent_at = DeliveryState.SENT, timezone.now()
        outcome = "sent"
    elif not answer.may_retry or delivery.attempts > len(BACK_OFF_S):
        delivery.state, outcome = DeliveryState.GIVEN_UP, "given_up"
        log.error("notification given up", extra={"delivery": delivery.pk, "reason": answer.error})
    else:
        wait = BACK_OFF_S[delivery.attempts - 1]
        delivery.next_try_at, outcome = timezone.now() + timedelta(seconds=wait), "failed"
    delivery.save(update_fields=["state", "sent_at", "next_try_at", "last_status", "last_error"])
    metering.notified(delivery.channel.kind, outcome)
    return outcome

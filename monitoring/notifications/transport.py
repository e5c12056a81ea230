"""The ways a message travels: each sends it, or says why not and whether trying again can help."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from smtplib import SMTPException, SMTPRecipientsRefused

from django.core.mail import EmailMessage

from modelhub import conf, env, outbound
from modelhub.errors import ModelhubError, UserFault
from monitoring.models import Delivery
from monitoring.models.notifications import ChannelKind
from monitoring.notifications import signing

TRANSIENT = frozenset({408, 425, 429, 500, 502, 503, 504})
_CAPS = outbound.Caps(total_s=10.0, bytes=64 * 1024)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try. ``status`` is the HTTP status, None without one; ``error`` empty means sent."""

    error: str = ""
    status: int | None = None
    may_retry: bool = True


def send(delivery: Delivery) -> Answer:
    """Try once; never raises for what the receiver or the network does."""
    return _WAYS[delivery.channel.kind](delivery)


def _webhook(delivery: Delivery) -> Answer:
    channel = delivery.channel
    secret = env.secret(channel.secret_variable)
    if channel.secret_variable and not secret:
        return Answer(f"The variable {channel.secret_variable} is not set here, so it cannot be signed.")
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "modelhub"} | signing.headers(
        delivery_id=str(delivery.delivery_id), timestamp=int(time.time()), body=body, secret=secret
    )
    try:
        reply = outbound.fetch("POST", channel.address, headers=headers, body=body, caps=_CAPS)
    except UserFault as error:
        return Answer(error.detail, may_retry=False)
    except ModelhubError as error:
        return Answer(error.detail)
    if 200 <= reply.status < 300:
        return Answer(status=reply.status)
    return Answer(f"It answered {reply.status}.", reply.status, may_retry=reply.status in TRANSIENT)


def _mail(delivery: Delivery) -> Answer:
    if not conf.flag("MAIL"):
        return Answer("EMAIL_URL is not set, so no mail can be sent from here.")
    receivers = [address.strip() for address in delivery.channel.address.split(",")]
    message = EmailMessage(_subject(delivery.payload), _text(delivery.payload), to=receivers)
    message.extra_headers["Message-ID"] = f"<{delivery.delivery_id}@modelhub>"
    try:
        message.send()
    except SMTPRecipientsRefused:
        return Answer("The mail server refused every receiver.", may_retry=False)
    except (SMTPException, OSError) as error:
        return Answer(f"The mail server did not take it ({type(error).__name__}).")
    return Answer()


def _subject(payload: Mapping[str, object]) -> str:
    data = payload["data"]
    assert isinstance(data, dict)
    words = " ".join(str(data.get("summary", "")).split())
    return f"[modelhub] {payload['action']}: {words}"[:200]


def _text(payload: Mapping[str, object]) -> str:
    data = payload["data"]
    assert isinstance(data, dict)
    shown = {name: value for name, value in data.items() if value not in (None, "", {}) and name != "facts"}
    lines = [f"{name.replace('_', ' ')}: {value}" for name, value in shown.items()]
    facts = data.get("facts") or {}
    return "\n".join([*lines, *(f"  {name}: {value}" for name, value in facts.items())])


_WAYS: Mapping[str, Callable[[Delivery], Answer]] = {
    ChannelKind.MAIL: _mail,
    ChannelKind.WEBHOOK: _webhook,
}

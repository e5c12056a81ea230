"""What people type in about receivers of alerts."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from modelhub import conf, env, outbound
from modelhub.errors import UserFault
from monitoring.models import NotificationChannel
from monitoring.models.notifications import ChannelKind


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """Mail addresses, or the address of a webhook with the name of the variable that holds its secret."""

    class Meta:
        model = NotificationChannel
        fields = ("name", "kind", "address", "secret_variable", "is_enabled")

    def clean(self) -> dict[str, Any]:
        """The cleaned values; what cannot work is said at its field."""
        values = super().clean() or {}
        address, secret = values.get("address", ""), values.get("secret_variable", "")
        problem = _mail_problem(address) if values.get("kind") == ChannelKind.MAIL else _url_problem(address)
        if address and problem:
            self.add_error("address", problem)
        is_webhook = values.get("kind") == ChannelKind.WEBHOOK
        if (secret or is_webhook) and (found := _secret_problem(secret)):
            self.add_error("secret_variable", found)
        return values


def _mail_problem(address: str) -> str:
    if not conf.flag("MAIL"):
        return "Set EMAIL_URL first: without a mail server no mail can be sent."
    try:
        for one in address.split(","):
            validate_email(one.strip())
    except ValidationError:
        return "Give mail addresses, separated by commas."
    return ""


def _url_problem(address: str) -> str:
    try:
        if urlsplit(address).scheme not in ("http", "https"):
            return "Give an address that begins with https:// or http://."
        outbound.check_address(address)
    except UserFault as error:
        return error.detail
    except ValueError:
        return "This is not an address."
    return ""


def _secret_problem(name: str) -> str:
    if not env.SECRET_NAME.fullmatch(name):
        return "Give the name of an environment variable that begins with MODELHUB_SECRET_."
    return "" if env.secret(name) else "This variable is not set in the hub's environment."

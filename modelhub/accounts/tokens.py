"""API tokens: made and shown once, looked up by what a caller presents, revoked. Only digests are kept."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from modelhub import conf
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor
from modelhub.audit import trail
from modelhub.errors import AccessDenied, Code, InputInvalid, NotFound

MOST_DAYS = 3650
NAME_LENGTH = 100
# As issued: the prefix that secret scanners look for, and 256 random bits in hexadecimal.
WELL_FORMED = re.compile(r"[A-Za-z0-9_]{40,80}")


class State(StrEnum):
    """Whether a token is accepted, and why not."""

    VALID = "valid"
    EXPIRED = "expired"
    REVOKED = "revoked"
    USER_INACTIVE = "user inactive"


def state_of(token: ApiToken, now: datetime | None = None) -> State:
    """What would be said of the token if it were presented at ``now`` (default: the present)."""
    if token.revoked_at is not None:
        return State.REVOKED
    if token.expiry is not None and token.expiry <= (now or timezone.now()):
        return State.EXPIRED
    return State.VALID if token.user.is_active else State.USER_INACTIVE


def issue(user: User, name: str, actor: Actor, *, days: int | None) -> tuple[ApiToken, str]:
    """A new token of ``user`` and its text, which nobody can learn again; ``days`` None: it never expires.

    Raises InputInvalid (``param_invalid``) for a name or a number of days that cannot be used and for a
    user who may not sign in.
    """
    name = name.strip()
    if not name or len(name) > NAME_LENGTH or not name.isprintable():
        raise InputInvalid(Code.PARAM_INVALID, f"A token needs a name of 1 to {NAME_LENGTH} characters.")
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InputInvalid(Code.PARAM_INVALID, f"A token is valid for 1 to {MOST_DAYS} days, not {days}.")
    if not user.is_active:
        raise InputInvalid(Code.PARAM_INVALID, f"{user.get_username()} is inactive. Activate the user first.")
    lifetime = None if days is None else timedelta(days=days)
    with transaction.atomic():
        token, text = ApiToken.objects.create(user, lifetime, name=name, created_by=actor.name[:150])
        after = {"name": name, "user": user.get_username(), "expires": token.expiry}
        trail.record("token.create", str(token.token_key), actor, after=after)
    return token, text


def revoke(key: str, actor: Actor, *, reason: str = "") -> ApiToken:
    """The token with that key is accepted no more; one that was revoked before stays as it was.

    Raises NotFound when no token has the key.
    """
    with transaction.atomic():
        token: ApiToken | None = ApiToken.objects.select_for_update().filter(token_key=key).first()
        if token is None:
            raise NotFound(Code.NOT_FOUND, f"There is no token with the key {key[:40]}.")
        if token.revoked_at is None:
            before = {"state": state_of(token)}
            token.revoked_at = timezone.now()
            token.save(update_fields=["revoked_at"])
            after = {"state": State.REVOKED, "name": token.name, "user": token.user.get_username()}
            trail.record("token.revoke", key, actor, reason=reason, before=before, after=after)
    return token


def find(text: str) -> ApiToken | None:
    """The token that the text belongs to, whatever its state; None for a text that is no token of ours."""
    if not WELL_FORMED.fullmatch(text):
        return None
    key, digest = text[: CONSTANTS.TOKEN_KEY_LENGTH], hash_token(text)
    token: ApiToken | None = ApiToken.objects.filter(token_key=key).select_related("user").first()
    return token if token and compare_digest(token.digest, digest) else None


def refuse_unless_valid(token: ApiToken) -> None:
    """Return for a token that is accepted now.

    Raises AccessDenied: ``token_expired``, or ``not_authenticated`` for a revoked one or one of an
    inactive user.
    """
    match state_of(token):
        case State.EXPIRED:
            raise AccessDenied(Code.TOKEN_EXPIRED, "This token has expired. Ask for a new one.")
        case State.REVOKED:
            raise AccessDenied(Code.NOT_AUTHENTICATED, "This token was revoked. Ask for a new one.")
        case State.USER_INACTIVE:
            raise AccessDenied(Code.NOT_AUTHENTICATED, "The user of this token is inactive.")


def default_days() -> int:
    """How long a token is valid unless it is told otherwise."""
    return conf.number("TOKEN_DAYS")

"""Tokens that this process has just seen to be good, so that scoring asks the database once a second.

While the database does not answer, a token that was good a moment ago goes on being good for some
minutes: an outage of the database does not stop scoring. Only the scoring endpoints use this memory;
whatever changes something asks the database each time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from knox.crypto import hash_token

from modelhub.accounts.models import ApiToken

FRESH_S = 1.0
RETRY_S = 5.0  # between two attempts while the database is away
KEPT_S = 900.0
_MOST = 2000


@dataclass(slots=True)
class _Seen:
    token: ApiToken
    verified_at: float  # monotonic
    ask_again_at: float


_seen: dict[str, _Seen] = {}
_lock = Lock()


def look_up(text: str, *, ask: Callable[[str], ApiToken]) -> ApiToken:
    """The token of ``text``, from memory while it is fresh, else as ``ask`` answers.

    ``ask`` raises for a token that is not good; it is forgotten then. The user's permissions are loaded
    with it. Raises the database's error where it does not answer and the token is not known.
    """
    digest, now = hash_token(text), time.monotonic()
    seen = _seen.get(digest)
    if seen is not None and now < seen.ask_again_at and _not_expired(seen.token):
        return seen.token
    if seen is not None:
        seen.ask_again_at = now + RETRY_S  # one thread asks, the others go on with what is known
    try:
        token = ask(text)
        token.user.get_all_permissions()  # cached on the user
    except (OperationalError, InterfaceError):
        if seen is None or now - seen.verified_at > KEPT_S or not _not_expired(seen.token):
            raise
        return seen.token
    except Exception:
        _seen.pop(digest, None)
        raise
    _keep(digest, token, now)
    return token


def keep(text: str, token: ApiToken) -> None:
    """The token was just found to be good by asking the database."""
    token.user.get_all_permissions()
    _keep(hash_token(text), token, time.monotonic())


def knows(text: str) -> bool:
    """True when this process has seen the token to be good some minutes ago or since."""
    seen = _seen.get(hash_token(text))
    return seen is not None and time.monotonic() - seen.verified_at <= KEPT_S


def forget() -> None:
    """Every token is looked up again: something about tokens or users was changed here."""
    with _lock:
        _seen.clear()


def _keep(digest: str, token: ApiToken, now: float) -> None:
    with _lock:
        if len(_seen) >= _MOST:
            _seen.clear()
        _seen[digest] = _Seen(token, now, now + FRESH_S)


def _not_expired(token: ApiToken) -> bool:
    return token.expiry is None or token.expiry > timezone.now()

"""Tokens that this process has just seen to be good, so that scoring need not ask the database.

The watcher of a serving process verifies those in use about twice a second, all in three queries. Without
one, and for a token that was not used lately, a call asks once a second. While the database does not
answer, a token that was good a moment ago goes on being good for some minutes: an outage does not stop
scoring, nor does a database that hangs make it wait. Only the scoring endpoints and ``/metrics`` use this
memory; whatever changes something asks the database each time.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from threading import Lock

from django.contrib.auth.models import User
from django.db import DatabaseError, InterfaceError, OperationalError

from modelhub import databases
from modelhub.accounts import lastuse
from modelhub.accounts.caller import REMEMBERED, Caller
from modelhub.accounts.models import ApiToken
from modelhub.errors import Unavailable

FRESH_S = 1.0
RETRY_S = 5.0  # between two attempts while the database is away
KEPT_S = 900.0
USED_S = 60.0  # a token that was not used for so long is not verified ahead of its next use
PATIENCE_S = 1.0  # how long a call waits for the database to say whether its token is good
_MOST = 2000


@dataclass(slots=True)
class _Seen:
    token: ApiToken
    caller: Caller
    ends_s: float  # by the clock, since 1970
    verified_s: float  # all three monotonic
    used_s: float
    ask_again_s: float


_seen: dict[bytes, _Seen] = {}
_secret = secrets.token_bytes(16)
_lock = Lock()
_away_until_s = 0.0  # the watcher asks and has no answer yet, or had none a moment ago


def recall(text: str) -> Caller | None:
    """The caller with the token of ``text``, where what is known is fresh; None: :func:`look_up`."""
    seen = _seen.get(_key(text))
    if seen is None:
        return None
    now = time.monotonic()
    seen.used_s = now
    is_fresh = now < seen.ask_again_s or now < _away_until_s
    return seen.caller if is_fresh and _is_usable(seen, now) else None


def look_up(text: str, *, ask: Callable[[str], ApiToken]) -> ApiToken:
    """The token of ``text``, from memory while it is fresh, else as ``ask`` answers within a second.

    ``ask`` raises for a token that is not good; it is forgotten then. The user's permissions are loaded
    with it. Raises the database's error or Unavailable where it does not answer and the token is not known.
    """
    key, now = _key(text), time.monotonic()
    seen = _seen.get(key)
    if seen is not None:
        seen.used_s = now
        if (now < seen.ask_again_s or now < _away_until_s) and _is_usable(seen, now):
            return seen.token
        seen.ask_again_s = now + RETRY_S  # one thread asks, the others go on with what is known
    try:
        token = databases.within(PATIENCE_S, lambda: _with_permissions(ask(text)))
    except (OperationalError, InterfaceError, Unavailable):
        if seen is None or not _is_usable(seen, now):
            raise
        return seen.token
    except Exception:
        _seen.pop(key, None)
        raise
    _keep(key, token, now)
    return token


def keep(text: str, token: ApiToken) -> None:
    """The token was just found to be good by asking the database."""
    _keep(_key(text), _with_permissions(token), time.monotonic())


def knows(text: str) -> bool:
    """True when this process has seen the token to be good some minutes ago or since."""
    seen = _seen.get(_key(text))
    return seen is not None and time.monotonic() - seen.verified_s <= KEPT_S


def verify() -> None:
    """The tokens in use are as the database says now, or are forgotten, as is what is too old; never raises.

    Called by the watcher. While it waits for the database, and for some seconds after a failure, calls go on
    with what is known and wait for nothing.
    """
    global _away_until_s
    asked_s = time.monotonic()
    for key, seen in list(_seen.items()):
        if asked_s - seen.verified_s > KEPT_S:  # good for nothing any more
            _seen.pop(key, None)
    in_use = {key: seen for key, seen in list(_seen.items()) if asked_s - seen.used_s < USED_S}
    if not in_use:
        return
    _away_until_s = float("inf")
    try:
        unchanged = _unchanged(list(in_use.values()))
        lastuse.note_all([seen.token for seen in in_use.values() if asked_s - seen.used_s < RETRY_S])
    except (DatabaseError, InterfaceError):
        _away_until_s = time.monotonic() + RETRY_S
        return
    except BaseException:
        _away_until_s = 0.0
        raise
    for key, seen in in_use.items():
        if seen.token.pk in unchanged:
            seen.verified_s, seen.ask_again_s = asked_s, asked_s + FRESH_S
        elif _seen.get(key) is seen:
            _seen.pop(key, None)
    _away_until_s = 0.0


def forget() -> None:
    """Every token is looked up again: something about tokens or users was changed here."""
    global _away_until_s
    with _lock:
        _seen.clear()
    _away_until_s = 0.0


def _key(text: str) -> bytes:
    """What a token is remembered by: neither itself nor what the database has of it, and quick to make."""
    return blake2b(text.encode(), digest_size=16, key=_secret).digest()


def _unchanged(known: list[_Seen]) -> set[str]:
    """Keys of the tokens that are valid as long as before, their users named and permitted as before."""
    users = {seen.token.user_id for seen in known}
    rows = ApiToken.objects.filter(
        pk__in=[seen.token.pk for seen in known], revoked_at=None, user__is_active=True
    )
    facts = {key: tuple(more) for key, *more in rows.values_list("pk", "user__username", "expiry")}
    holders = {
        permission: set(User.objects.with_perm(permission).filter(pk__in=users).values_list("pk", flat=True))
        for permission in REMEMBERED
    }
    return {
        seen.token.pk
        for seen in known
        if facts.get(seen.token.pk) == (seen.caller.name, seen.token.expiry)
        and seen.caller.known == frozenset(one for one in REMEMBERED if seen.token.user_id in holders[one])
    }


def _with_permissions(token: ApiToken) -> ApiToken:
    token.user.get_all_permissions()  # cached on the user
    return token


def _keep(key: bytes, token: ApiToken, now: float) -> None:
    known = frozenset(filter(token.user.has_perm, REMEMBERED))
    ends_s = float("inf") if token.expiry is None else token.expiry.timestamp()
    caller = Caller(token.user.get_username(), token.user, token, known)
    with _lock:
        if len(_seen) >= _MOST:
            _seen.clear()
        _seen[key] = _Seen(token, caller, ends_s, now, now, now + FRESH_S)


def _is_usable(seen: _Seen, now: float) -> bool:
    return now - seen.verified_s <= KEPT_S and time.time() < seen.ends_s

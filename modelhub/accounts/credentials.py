"""What a caller presents in the Authorization header: the token it belongs to, or the reason against it."""

from modelhub.accounts import guessing, lastuse, limits, refusals, remembered, tokens
from modelhub.accounts.caller import Caller
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel
from modelhub.audit.trail import Outcome
from modelhub.errors import AccessDenied, Code

SCHEMES = {"bearer", "token"}
_UNREADABLE = "The Authorization header must be: Bearer TOKEN, with a token of this hub."


def recalled(header: str) -> Caller | None:
    """Whose the token in the header is, where this process has just seen it to be good; None says nothing."""
    return remembered.recall(_presented(header))


def token_of(header: str, address: str, *, from_memory: bool) -> ApiToken:
    """The valid token in the header; its use is noted.

    ``from_memory`` lets a token that was good within the last second pass without asking the database.
    Raises AccessDenied (``not_authenticated``, ``token_expired``) for anything else, UserFault
    (``throttled``) when this address has presented too many wrong ones; who was known before is let in
    even then, so that one who guesses does not lock out the others at his address.
    """
    text = _presented(header)
    if not (text and remembered.knows(text)) and (seconds := guessing.must_wait(address)):
        raise limits.throttled(seconds, "Too many wrong tokens or passwords from this address.")

    def ask(presented: str) -> ApiToken:
        token = _valid(presented, address)
        lastuse.note(token)
        return token

    if from_memory:
        return remembered.look_up(text, ask=ask)  # the uses that it answers itself are noted by its watcher
    token = ask(text)
    remembered.keep(text, token)
    return token


def _presented(header: str) -> str:
    """What may be a token of ours; nothing where it cannot be one, which then need not be looked at."""
    scheme, _, text = header.strip().partition(" ")
    text = text.strip()
    return text if scheme.lower() in SCHEMES and tokens.WELL_FORMED.fullmatch(text) else ""


def _valid(text: str, address: str) -> ApiToken:
    token = tokens.find(text)
    if token is None:
        guessing.failed("token.refused", "", address, channel=Channel.API, detail="no token of this hub")
        raise AccessDenied(Code.NOT_AUTHENTICATED, _UNREADABLE)
    try:
        tokens.refuse_unless_valid(token)
    except AccessDenied as refused:
        # Whoever has a real token is not guessing: recorded, but not counted against the address.
        actor = Actor(token.user.get_username(), Channel.API)
        refusals.note(
            "token.refused",
            token.token_key,
            actor,
            caller=token.token_key,
            outcome=Outcome.DENIED,
            detail=str(refused),
        )
        raise
    return token

"""Who calls the API, and what the caller may do."""

from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.models import User

from modelhub.accounts import roles
from modelhub.accounts.models import ApiToken
from modelhub.actors import Actor, Channel

# What is known of a caller without asking the database; whoever asks for more would be told of permissions
# taken away long ago.
REMEMBERED = ("registry.analyze", "monitoring.view_inferencemetric")


@dataclass(frozen=True)
class Caller:
    """The one who calls the API, with the permissions that hold for this request.

    ``user`` None is the loopback developer, ``token`` None someone who came without a token. ``known`` says
    which of :data:`REMEMBERED` the caller has, where that was asked before.
    """

    name: str
    user: User | None
    token: ApiToken | None = None
    known: frozenset[str] | None = None

    is_authenticated = True  # asked by DRF of whatever stands in request.user

    def may(self, permission: str) -> bool:
        """True when the caller has ``app.codename``."""
        if self.user is None:
            return roles.permits(roles.DEVELOPER_ROLE, permission)
        if self.known is not None and permission in REMEMBERED:
            return permission in self.known
        return self.user.is_active and self.user.has_perm(permission)

    def actor(self) -> Actor:
        """The name for history rows."""
        return Actor(self.name, Channel.API)

    @cached_property
    def identity(self) -> str:
        """What limits are counted by: each token for itself, sessions by their user."""
        if self.token is not None:
            return f"token:{self.token.token_key}"
        return "developer" if self.user is None else f"user:{self.user.pk}"

    @property
    def has_session(self) -> bool:
        """True when the browser vouches for the caller, so that a foreign page could have sent the call."""
        return self.user is not None and self.token is None

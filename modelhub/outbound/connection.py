"""One connection to one judged address, ended by its deadline whatever the other side does."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from modelhub.outbound.locations import Address, Location
from modelhub.outbound.values import Caps


class Connection(http.client.HTTPConnection):
    """Speaks to ``addresses`` as ``location``: its name goes into the Host header and the TLS check.

    ``end`` must be called. Timeouts of sockets only bound the silence between two bytes; a sender of
    one byte a second would hold a thread for ever, in the handshake and the headers too. So a watch
    shuts the socket at the deadline, and ``expired`` says that it did.
    """

    def __init__(
        self, location: Location, addresses: Sequence[Address], *, caps: Caps, deadline: float
    ) -> None:
        super().__init__(location.host, location.port, timeout=caps.silence_s)
        self._location = location
        self._addresses = addresses
        self._caps = caps
        self._deadline = deadline
        self._socket: socket.socket | None = None  # ``sock`` is let go when the answer's head was read
        self.expired = False
        self._watch = threading.Timer(max(0.0, deadline - time.monotonic()), self._expire)
        self._watch.daemon = True

    def connect(self) -> None:
        """Connect to the first address that answers. Raises OSError of the last one."""
        self._watch.start()
        self.sock = self._known(self._opened())
        self.sock.settimeout(self._caps.silence_s)
        if self._location.scheme == "https":
            # The handshake comes after the socket is known to the watch.
            wrapped = ssl.create_default_context().wrap_socket(
                self.sock, server_hostname=self._location.host, do_handshake_on_connect=False
            )
            self.sock = self._known(wrapped)
            wrapped.do_handshake()

    def end(self) -> None:
        """Nothing of the connection is left."""
        self._watch.cancel()
        self.close()
        if self._socket is not None:
            self._socket.close()

    def _known(self, opened: socket.socket) -> socket.socket:
        """The socket, which the watch will shut; if the watch came before it, nobody would."""
        self._socket = opened
        if self.expired:
            raise TimeoutError
        return opened

    def _opened(self) -> socket.socket:
        failure: OSError = TimeoutError()
        for address in self._addresses:
            left = self._deadline - time.monotonic()
            if left <= 0:
                break
            try:
                return socket.create_connection(
                    (str(address), self._location.port), min(left, self._caps.connect_s)
                )
            except OSError as error:
                failure = error
        raise failure

    def _expire(self) -> None:
        self.expired = True
        if self._socket is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

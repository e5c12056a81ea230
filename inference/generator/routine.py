"""Ordinary life: short episodes of lines that belong together, by how often they happen."""

from collections.abc import Callable, Iterator
from random import Random

from inference.generator.world import Client, Line, World, gateway, server

Episode = Callable[[Random, World, float], Iterator[Line]]

_SITES = ("news.example.org", "mail.example.com", "video.example.net", "time.example.org", "cdn.example.com")
_JOBS = ("/usr/local/bin/rotate-backups", "/usr/lib/sysstat/collect", "test -x /usr/sbin/anacron")


def joins(rng: Random, world: World, at: float) -> Iterator[Line]:
    """A device joins the Wi-Fi and gets its address."""
    client = rng.choice(world.clients)
    yield gateway(
        world, at, "hostapd", f"wlan0: STA {client.mac} IEEE 802.11: associated (aid {rng.randint(1, 9)})"
    )
    yield gateway(world, at + 0.2, "hostapd", f"wlan0: AP-STA-CONNECTED {client.mac}")
    yield gateway(
        world, at + 0.3, "hostapd", f"wlan0: STA {client.mac} WPA: pairwise key handshake completed (RSN)"
    )
    yield gateway(world, at + 1.0, "dnsmasq-dhcp", f"DHCPDISCOVER(br-lan) {client.mac}")
    yield gateway(world, at + 1.1, "dnsmasq-dhcp", f"DHCPOFFER(br-lan) {client.ip} {client.mac}")
    yield from _lease(world, at + 1.3, client)


def leaves(rng: Random, world: World, at: float) -> Iterator[Line]:
    """A device goes away."""
    client = rng.choice(world.clients)
    yield gateway(world, at, "hostapd", f"wlan0: AP-STA-DISCONNECTED {client.mac}")
    yield gateway(world, at + 30, "hostapd", f"wlan0: STA {client.mac} IEEE 802.11: disassociated")


def renews(rng: Random, world: World, at: float) -> Iterator[Line]:
    """A device renews its address."""
    return _lease(world, at, rng.choice(world.clients))


def looks_up(rng: Random, world: World, at: float) -> Iterator[Line]:
    """A device asks for a name or two."""
    client = rng.choice(world.clients)
    for step in range(rng.randint(1, 3)):
        site, when = rng.choice(_SITES), at + step * 0.7
        yield gateway(world, when, "dnsmasq", f"query[{rng.choice(('A', 'AAAA'))}] {site} from {client.ip}")
        if rng.random() < 0.5:
            yield gateway(world, when, "dnsmasq", f"cached {site} is 198.51.100.{rng.randint(1, 250)}")
        else:
            yield gateway(world, when, "dnsmasq", f"forwarded {site} to 192.0.2.53")
            yield gateway(world, when + 0.1, "dnsmasq", f"reply {site} is 198.51.100.{rng.randint(1, 250)}")


def rekeys(rng: Random, world: World, at: float) -> Iterator[Line]:
    """The access point renews its group key."""
    yield gateway(world, at, "hostapd", "wlan0: WPA rekeying GTK", "DEBUG")
    for client in rng.sample(world.clients, 3):
        yield gateway(
            world, at + 0.4, "hostapd", f"wlan0: STA {client.mac} WPA: group key handshake completed (RSN)"
        )


def flaps(rng: Random, world: World, at: float) -> Iterator[Line]:
    """A cable loses its link for a moment."""
    port = rng.randint(1, 4)
    name = f"lan{port}"
    yield gateway(
        world, at, "kernel", f"[{at:12.6f}] br-lan: port {port}({name}) entered disabled state", "WARNING"
    )
    yield gateway(world, at + 1, "netifd", f"Network device '{name}' link is down", "INFO")
    yield gateway(
        world, at + 4, "kernel", f"[{at + 4:12.6f}] {name}: link becomes ready, 1000 Mbit/s full duplex"
    )
    yield gateway(world, at + 4.2, "netifd", f"Network device '{name}' link is up")


def announces(rng: Random, world: World, at: float) -> Iterator[Line]:
    """Housekeeping of the router."""
    yield gateway(
        world, at, "odhcpd", f"Using a RA lifetime of {rng.choice((0, 1800))} seconds on br-lan", "WARNING"
    )
    yield gateway(world, at + 2, "crond", f"USER root pid {rng.randint(5000, 9000)} cmd /sbin/check-uplink")


def logs_in(rng: Random, world: World, at: float) -> Iterator[Line]:
    """Somebody works on the server for a while, by key, seldom after a mistyped password."""
    user, pid, port = rng.choice(world.accounts), rng.randint(9000, 32000), rng.randint(40000, 60000)
    address = rng.choice(world.clients[:4]).ip
    if rng.random() < 0.05:
        yield server(
            at, "sshd", pid, f"Failed password for {user} from {address} port {port} ssh2", "WARNING"
        )
    yield server(at + 3, "sshd", pid, f"Accepted publickey for {user} from {address} port {port} ssh2")
    yield server(at + 3.1, "sshd", pid, f"pam_unix(sshd:session): session opened for user {user}")
    number = rng.randint(10, 9999)
    yield server(
        at + 3.2, "systemd-logind", world.pids["systemd-logind"], f"New session {number} of user {user}."
    )
    end = at + rng.expovariate(1 / 900)
    yield server(
        end + 4, "sshd", pid, f"Received disconnect from {address} port {port}: disconnected by user"
    )
    yield server(end + 4.1, "sshd", pid, f"pam_unix(sshd:session): session closed for user {user}")
    yield server(end + 4.2, "systemd-logind", world.pids["systemd-logind"], f"Removed session {number}.")


def runs_job(rng: Random, _world: World, at: float) -> Iterator[Line]:
    """A scheduled job of the server."""
    yield server(at, "CRON", rng.randint(9000, 32000), f"(root) CMD ({rng.choice(_JOBS)})")


ROUTER_EPISODES: tuple[tuple[Episode, float], ...] = (
    (looks_up, 60),
    (joins, 8),
    (leaves, 8),
    (renews, 12),
    (rekeys, 6),
    (announces, 5),
    (flaps, 0.5),
)
SERVER_EPISODES: tuple[tuple[Episode, float], ...] = ((logs_in, 14), (runs_job, 20))


def _lease(world: World, at: float, client: Client) -> Iterator[Line]:
    yield gateway(world, at, "dnsmasq-dhcp", f"DHCPREQUEST(br-lan) {client.ip} {client.mac}")
    yield gateway(world, at + 0.1, "dnsmasq-dhcp", f"DHCPACK(br-lan) {client.ip} {client.mac} {client.name}")

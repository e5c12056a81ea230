"""The small network the generated logs come from: its machines, people and how a line is built."""

from dataclasses import dataclass
from random import Random
from typing import NamedTuple

GATEWAY = "gw-1"
SERVER = "srv-1"

_DEVICES = ("phone-ada", "phone-bo", "laptop-cem", "laptop-dora", "tv-livingroom", "printer", "tablet-eli")
_DEVICES_MORE = ("camera-door", "speaker-kitchen", "thermostat", "desktop-fay", "watch-gus")


class Line(NamedTuple):
    """One line; ``at`` is seconds after the start of the log."""

    at: float
    host: str
    program: str
    pid: int | None
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class Client:
    """One device of the house."""

    name: str
    mac: str
    ip: str


@dataclass(frozen=True, slots=True)
class World:
    """What stays the same over one log: devices, accounts, process ids."""

    clients: tuple[Client, ...]
    accounts: tuple[str, ...]
    pids: dict[str, int]


def make_world(rng: Random) -> World:
    """A house with a dozen devices, drawn from ``rng``."""
    names = (*_DEVICES, *_DEVICES_MORE)
    clients = tuple(
        Client(name, random_mac(rng), f"192.168.1.{20 + place}") for place, name in enumerate(names)
    )
    programs = ("hostapd", "dnsmasq", "dnsmasq-dhcp", "netifd", "odhcpd", "crond", "systemd-logind")
    return World(
        clients, ("deploy", "backup", "ada", "cem"), {name: rng.randint(300, 4000) for name in programs}
    )


def random_mac(rng: Random) -> str:
    """A locally administered MAC address in lower case."""
    return ":".join(["02", *(f"{rng.randrange(256):02x}" for _ in range(5))])


def gateway(world: World, at: float, program: str, message: str, level: str = "INFO") -> Line:
    """A line of the router."""
    return Line(at, GATEWAY, program, world.pids.get(program), level, message)


def server(at: float, program: str, pid: int | None, message: str, level: str = "INFO") -> Line:
    """A line of the server that people log in to."""
    return Line(at, SERVER, program, pid, level, message)

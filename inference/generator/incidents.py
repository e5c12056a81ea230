"""What should be found: incidents, each a burst or a few lines that ordinary life does not have."""

from collections.abc import Callable, Iterator
from random import Random

from inference.generator.world import Line, World, gateway, random_mac, server

# (rng, world, start in seconds, number of lines wished) -> lines
Incident = Callable[[Random, World, float, int], Iterator[Line]]

_GUESSED = ("root", "admin", "oracle", "test", "ubuntu", "postgres", "guest")
_DEVICE_FAULTS = (
    "mmcblk0: error -110 reading sector {n}, retry FAILED",
    "I/O error on device mtdblock{d}, sector {n}",
    "ath0: firmware error 0x{n:04x}, restart of the radio failed",
    "squashfs: page read failed at block {n}: data error",
)


def ssh_brute_force(rng: Random, _world: World, at: float, size: int) -> Iterator[Line]:
    """One address guesses passwords, several times a second."""
    attacker = f"203.0.113.{rng.randint(1, 250)}"
    for step in range(size):
        user, pid = rng.choice(_GUESSED), rng.randint(9000, 32000)
        when, port = at + step * 0.6, rng.randint(30000, 60000)
        text = f"Failed password for invalid user {user} from {attacker} port {port} ssh2"
        if step % 5 == 4:
            text = f"error: too many authentication attempts for {user} from {attacker} port {port} [preauth]"
        yield server(when, "sshd", pid, text, "ERROR" if step % 5 == 4 else "WARNING")


def deauth_storm(rng: Random, world: World, at: float, size: int) -> Iterator[Line]:
    """Forged frames throw every device off the Wi-Fi, over and over."""
    for step in range(size):
        mac, when = rng.choice(world.clients).mac, at + step * 0.25
        if step % 3 == 2:
            yield gateway(world, when, "hostapd", f"wlan0: AP-STA-CONNECTED {mac}")
        elif step % 3 == 1:
            text = f"wlan0: STA {mac} IEEE 802.11: deauthenticated due to local deauth request"
            yield gateway(world, when, "hostapd", text, "WARNING")
        else:
            yield gateway(world, when, "hostapd", f"wlan0: AP-STA-DISCONNECTED {mac}")


def dhcp_exhaustion(rng: Random, world: World, at: float, size: int) -> Iterator[Line]:
    """Requests from invented devices until no address is left."""
    for step in range(size):
        mac, when = random_mac(rng), at + step * 0.3
        if step < size // 2:
            yield gateway(world, when, "dnsmasq-dhcp", f"DHCPDISCOVER(br-lan) {mac}")
        else:
            text = f"DHCPDISCOVER(br-lan) {mac} no address available, request DENIED"
            yield gateway(world, when, "dnsmasq-dhcp", text, "ERROR")


def error_burst(rng: Random, world: World, at: float, size: int) -> Iterator[Line]:
    """Flash memory or radio of the router begins to fail."""
    for step in range(size):
        when = at + step * 1.1
        text = rng.choice(_DEVICE_FAULTS).format(n=rng.randrange(65536), d=rng.randrange(8))
        level = "CRITICAL" if step % 7 == 6 else "ERROR"
        yield gateway(world, when, "kernel", f"[{when:12.6f}] {text}", level)


def night_login(rng: Random, _world: World, at: float, _size: int) -> Iterator[Line]:
    """Root logs in by password from outside and changes things; few lines, all odd, planned for the night."""
    when, pid, address = at, rng.randint(9000, 32000), f"203.0.113.{rng.randint(1, 250)}"
    yield server(
        when, "sshd", pid, f"Accepted password for root from {address} port {rng.randint(30000, 60000)} ssh2"
    )
    yield server(when + 0.1, "sshd", pid, "pam_unix(sshd:session): session opened for user root", "INFO")
    for step, command in enumerate(
        ("useradd -o -u 0 sysop", "passwd sysop", "systemctl stop auditd", "rm -rf /var/log/audit")
    ):
        text = f"root : TTY=pts/0 ; PWD=/root ; USER=root ; COMMAND={command}"
        yield server(when + 20 + 15 * step, "sudo", pid + 1 + step, text, "WARNING")
    yield server(
        when + 120,
        "passwd",
        pid + 9,
        "password for 'sysop' changed by 'root'; audit login FAILED",
        "CRITICAL",
    )


def unknown_program(rng: Random, _world: World, at: float, size: int) -> Iterator[Line]:
    """A program nobody installed talks to a far address."""
    pid, address = rng.randint(20000, 32000), f"203.0.113.{rng.randint(1, 250)}"
    for step in range(max(6, size // 4)):
        job, difficulty = f"0x{rng.getrandbits(64):016X}", rng.randint(1000, 90000)
        text = f"[net] POOL {address}:3333 JOB {job} DIFF={difficulty} REJECTED={step}"
        yield server(at + step * 8, "kworkerds", pid, text, "WARNING")


ROUTER_INCIDENTS: tuple[Incident, ...] = (deauth_storm, dhcp_exhaustion, error_burst)
SERVER_INCIDENTS: tuple[Incident, ...] = (ssh_brute_force, night_login, unknown_program)

"""What every process of the hub holds and used: memory, files, threads, processor; from /proc. Linux only."""

import os
from dataclasses import dataclass
from pathlib import Path

_DATABASE = "modelhub.sqlite3"


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one moment: MiB resident and proportional, threads, seconds of processor, open files.

    ``database_files`` are those of them that belong to the SQLite database; ``files`` are the others.
    """

    at_s: float
    role: str
    pid: int
    rss_mb: float
    pss_mb: float
    files: int
    database_files: int
    threads: int
    cpu_s: float


def sample(root: int, at_s: float) -> list[Sample]:
    """Every process below ``root`` that has a role; short-lived children of imports have none."""
    found = []
    for pid in _below(root):
        try:
            if (role := _role(pid)) is not None:
                found.append(_measured(pid, role, at_s))
        except (OSError, ValueError):  # it ended meanwhile
            continue
    return found


def size_of(folder: Path) -> tuple[int, int]:
    """Files in the folder and the bytes of the database in it, its log included."""
    database = sum(path.stat().st_size for path in folder.glob(f"{_DATABASE}*") if path.exists())
    # os.walk passes over folders that go away meanwhile, as those of refused packages do.
    return sum(len(files) for _, _, files in os.walk(folder)), database


def _below(root: int) -> list[int]:
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                children = [int(child) for child in task.read_text().split()]
            except OSError:
                continue
            found += children
            waiting += children
    return found


def _role(pid: int) -> str | None:
    words = _words(pid)
    if "beat" in words:
        return "scheduler"
    if "celery" in " ".join(words[:3]) and "worker" in words:
        return "worker"
    if not _is_granian(words):
        return None
    parent = int(Path(f"/proc/{pid}/status").read_text().split("PPid:")[1].split()[0])
    return "web worker" if _is_granian(_words(parent)) else "web server"


def _words(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")


def _is_granian(words: list[str]) -> bool:
    return "modelhub.serve" in words[:3]


def _measured(pid: int, role: str, at_s: float) -> Sample:
    sizes = dict.fromkeys(("Rss", "Pss"), 0.0)
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in sizes:
            sizes[name] = int(rest.split()[0]) / 1024
    threads = int(Path(f"/proc/{pid}/status").read_text().split("Threads:")[1].split()[0])
    files = _open_files(pid)
    database = sum(name.startswith(_DATABASE) for name in files)
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    cpu_s = (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")
    return Sample(
        at_s, role, pid, sizes["Rss"], sizes["Pss"], len(files) - database, database, threads, cpu_s
    )


def _open_files(pid: int) -> list[str]:
    """Their names without folders; one that is closed meanwhile counts as it did."""
    names = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(link.readlink().name)
        except FileNotFoundError:
            names.append("")
    return names

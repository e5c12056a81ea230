"""``python -m bench.report``: the figures of docs/performance.md, never typed by hand.

``--run NAME …`` runs those benchmarks first, one after the other, and keeps what each prints as
``bench/results/NAME.md`` beside its JSON, headed by the machine and the time. Every text there is then
written between the lines ``<!-- bench NAME -->`` and ``<!-- end NAME -->`` of the page.
"""

import argparse
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from bench.machine import described, say

_ROOT = Path(__file__).resolve().parent.parent
_RESULTS, _PAGE = _ROOT / "bench" / "results", _ROOT / "docs" / "performance.md"
NAMES = ("engine", "parity", "features", "drift", "metrics", "load", "swap", "http")
_PLACE = re.compile(r"(<!-- bench (\w+) -->\n).*?(<!-- end \2 -->)", re.DOTALL)


def main() -> None:
    """Run what was asked for, then fill the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--run", nargs="+", choices=(*NAMES, "all"), default=[], help="benchmarks to run first"
    )
    parser.add_argument("--rounds", type=int, help="of http and load, instead of their own default")
    parser.add_argument("--environments", type=Path, help="folder of the peers' environments")
    options = parser.parse_args()
    for name in NAMES if "all" in options.run else options.run:
        run(name, options.environments, options.rounds)
    _PAGE.write_text(filled(_PAGE.read_text(), _kept()))


def run(name: str, environments: Path | None = None, rounds: int | None = None) -> None:
    """Runs one benchmark with its defaults; one that ends without a word leaves the earlier figures.

    Some end with 1 where a promise is not kept: that is a result, and it is said with the figures.
    """
    if find_spec(f"bench.{name}") is None:
        say(f"There is no bench.{name}.")
        return
    command = [sys.executable, "-m", f"bench.{name}", *_arguments(name, environments, rounds)]
    say(f"python {' '.join(command[1:])}")
    done = subprocess.run(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True)
    said = done.stdout.strip()
    if done.returncode:
        say(f"bench.{name} ended with {done.returncode}.")
        said += f"\n\n**It ended with {done.returncode}.**" if said else ""
    if not said:
        return
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / f"{name}.md").write_text(f"{_heading()}\n\n{said}\n")


def filled(page: str, texts: dict[str, str]) -> str:
    """The page with every text of ``texts`` in its place; places without a text stay as they are."""
    return _PLACE.sub(
        lambda found: f"{found[1]}{texts[found[2]]}\n{found[3]}" if found[2] in texts else found[0], page
    )


def _kept() -> dict[str, str]:
    return {path.stem: path.read_text().strip() for path in sorted(_RESULTS.glob("*.md"))}


def _arguments(name: str, environments: Path | None, rounds: int | None) -> list[str]:
    found = []
    if rounds and name in ("http", "load"):
        found += ["--rounds", str(rounds)]
    if environments and name == "http":
        found += ["--environments", str(environments)]
    if environments and name == "drift":
        found += ["--peers", str(environments / "evidently")]
    return found


def _heading() -> str:
    facts = described()
    return (
        f"*{facts['measured_at']}, revision {facts['revision']}; {facts['processor']}, {facts['cores']} "
        f"cores, {facts['memory']}, {facts['system']}, Python {facts['python']}*"
    )


if __name__ == "__main__":
    main()

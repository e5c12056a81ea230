"""``python -m bench.http.environments FOLDER``: one virtual environment per peer, made once.

The peers contradict each other in their requirements and none belongs into the product's environment. A
folder is complete when it holds the text of the requirements that it was made from.
"""

import argparse
import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "requirements"


def main() -> None:
    """Make what is missing below the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="where the environments lie, some 3 GB")
    folder = parser.parse_args().folder
    for name in names():
        python_of(folder.absolute(), name)


def names() -> list[str]:
    """Every environment there is."""
    return sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))


def python_of(folder: Path, name: str) -> Path:
    """The interpreter of that environment in ``folder``, made and filled where it is not up to date."""
    place, wanted = folder / name, REQUIREMENTS / f"{name}.txt"
    stamp = place / "made-from.txt"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        print(f"Making {place} …", file=sys.stderr)
        venv.create(place, with_pip=True, clear=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(wanted)], check=True)
        stamp.write_text(wanted.read_text())
    return place / "bin" / "python"


if __name__ == "__main__":
    main()

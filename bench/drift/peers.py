"""The environment of the peer that needs another pandas than anybody else here; never the project's own."""

import subprocess
import sys
import venv
from pathlib import Path

REQUIREMENTS = ("evidently>=0.7,<0.8", "pandas<3")


def python_of(folder: Path) -> Path:
    """The interpreter of the peers' environment in ``folder``, made and filled on first use."""
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        print(f"Making {folder} with {', '.join(REQUIREMENTS)} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS], check=True)
        done.touch()
    return python

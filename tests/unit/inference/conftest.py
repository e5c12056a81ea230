"""The kernel of this source, wherever it comes from: the environment's own, or compiled for these tests."""

import pytest

from inference.runtimes.kernel import binding, build, compiler
from inference.runtimes.kernel.binding import Kernel


@pytest.fixture(scope="session")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Kernel:
    """The loaded kernel; skips where there is neither a kernel nor a compiler."""
    found = binding.present()
    if found is not None:
        return found
    if not any(compiler.commands()):
        pytest.skip("no C compiler on this machine")
    target = tmp_path_factory.mktemp("kernel") / "forest.so"
    assert build.build(target), "no compiler made a library that scores rightly"
    loaded = binding.load(target)
    assert loaded is not None
    return loaded

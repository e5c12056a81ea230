"""Which engine runs isolation forests: the compiled kernel where there is one, else ONNX Runtime.

Both give the same bits. ONNX Runtime is imported only where it is used: a process with the kernel is
smaller and starts sooner without it.
"""

from inference.runtimes.contract import Runtime
from inference.runtimes.kernel import binding
from inference.runtimes.kernel.runtime import KernelForest
from modelhub.artifacts.safeform.tables import ForestTables

ONNX = "onnx"
AUTO = "auto"
ENGINES = (AUTO, ONNX)


def open_forest(tables: ForestTables, engine: str = AUTO) -> Runtime:
    """The forest ready to score, by the engine of that name; the tables must have passed their check."""
    kernel = None if engine == ONNX else binding.present()
    if kernel is not None:
        return KernelForest(tables, kernel)
    from inference.runtimes.onnx_forest import OnnxForest

    return OnnxForest(tables)


def engine_name(engine: str = AUTO) -> str:
    """What :func:`open_forest` takes here, and what that was made by: ``kernel (gcc 12.2.0)``."""
    kernel = None if engine == ONNX else binding.present()
    if kernel is not None:
        return f"kernel ({kernel.compiler})"
    from importlib.metadata import version  # brings much along, and a process with the kernel never asks

    return f"onnx (onnxruntime {version('onnxruntime')})"

"""The shape of the house, tested like behaviour: layers, pure rooms, and who may open a pickle."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("modelhub", "monitoring", "inference")
MAY_IMPORT = {
    "modelhub": {"modelhub"},
    "monitoring": {"monitoring", "modelhub"},
    "inference": {"inference", "monitoring", "modelhub"},
}
PURE = (
    "monitoring/exposition/distributions.py",
    "monitoring/exposition/families.py",
    "monitoring/exposition/ledger.py",
    "monitoring/exposition/outcomes.py",
    "monitoring/exposition/places.py",
    "monitoring/exposition/samples.py",
    "monitoring/metering/aggregate.py",
    "monitoring/metering/counters.py",
    "monitoring/metering/histogram.py",
    "monitoring/metering/sampling.py",
    "monitoring/drift/",
    "modelhub/artifacts",
    "inference/features",
    "inference/runtimes",
    "inference/explain",
    "inference/intake",
    "inference/resilience/breaker.py",
    "inference/faults.py",
    "inference/records.py",
    "inference/resilience/rules.py",
    "inference/scoring.py",
    "inference/pipeline.py",
    "inference/logfiles",
    "inference/logfiles.py",
    "inference/generator",
    "inference/generator.py",
    "inference/training",
    "inference/training.py",
    "inference/validation/alertrate.py",
    "inference/validation/catalog.py",
    "inference/validation/checks",
    "inference/validation/claims.py",
    "inference/validation/comparison.py",
    "inference/validation/compatibility.py",
    "inference/validation/counts.py",
    "inference/validation/findings.py",
    "inference/validation/plain.py",
    "inference/validation/report.py",
    "inference/validation/rows.py",
    "inference/validation/sampling.py",
    "inference/validation/subject.py",
    "inference/validation/verdict.py",
)
TRANSPORT = ("rest_framework", "django.contrib.admin", "unfold")
QUARANTINE = "modelhub/artifacts/quarantine"
UNPICKLERS = {
    ("pickle", "load"),
    ("pickle", "loads"),
    ("pickle", "Unpickler"),
    ("_pickle", "Unpickler"),
    ("joblib", "load"),
    ("cloudpickle", "load"),
    ("cloudpickle", "loads"),
    ("dill", "load"),
    ("dill", "loads"),
    ("shelve", "open"),
}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield str(path.relative_to(ROOT)), ast.parse(path.read_text(), str(path))


MODULES = list(_modules())


def _imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(("path", "tree"), MODULES, ids=[path for path, _ in MODULES])
def test_imports_only_downwards(path: str, tree: ast.Module) -> None:
    room = path.split("/")[0]
    tops = {name.split(".")[0] for name in _imports(tree)} & set(PACKAGES)
    assert tops <= MAY_IMPORT[room], f"{path} imports upward: {tops - MAY_IMPORT[room]}"


def test_registry_never_imports_transfers() -> None:
    for path, tree in MODULES:
        if path.startswith("modelhub/registry/"):
            assert not [name for name in _imports(tree) if name.startswith("modelhub.transfers")], path


def test_serving_never_imports_resilience() -> None:
    for path, tree in MODULES:
        if path.startswith("inference/serving/"):
            assert not [name for name in _imports(tree) if name.startswith("inference.resilience")], path


def test_pure_rooms_never_import_django() -> None:
    for path, tree in MODULES:
        if path.startswith(PURE):
            assert not [name for name in _imports(tree) if name.split(".")[0] == "django"], path


def test_only_doors_import_rest_and_admin_code() -> None:
    doors = ("admin", "api", "urls", "serializers", "filters", "documentation", "dashboard", "console")
    for path, tree in MODULES:
        if not any(word in path for word in doors):
            assert not [name for name in _imports(tree) if name.startswith(TRANSPORT)], path


def test_only_the_quarantine_names_an_unpickler() -> None:
    for path, tree in MODULES:
        if not path.startswith(QUARANTINE):
            assert not list(_unpicklers(tree)), f"{path} opens pickles: {list(_unpicklers(tree))}"


def test_the_rule_against_unpicklers_finds_one() -> None:
    samples = (
        "import pickle as p\np.loads(b'')",
        "from joblib import load",
        "import joblib\njoblib.load('x')",
        "from pickle import Unpickler as U",
        "import numpy as np\nnp.load('x', allow_pickle=True)",
    )
    for sample in samples:
        assert list(_unpicklers(ast.parse(sample))), sample


def _unpicklers(tree: ast.Module) -> Iterator[str]:
    """Every way in which a module names a function that opens pickles, aliases included."""
    aliases = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield from (
                f"{node.module}.{a.name}" for a in node.names if (node.module or "", a.name) in UNPICKLERS
            )
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if (aliases.get(node.value.id, ""), node.attr) in UNPICKLERS:
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and not _is_false(node.value):
            yield "allow_pickle"


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False

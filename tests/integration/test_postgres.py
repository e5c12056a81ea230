"""The registry and the doors to it behave on PostgreSQL as they do on SQLite."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
# In groups, so that several processes can share the work.
SAME_TESTS = {
    "registry": (
        "tests/unit/modelhub/registry",
        "tests/integration/test_registry_api.py",
        "tests/integration/test_registry_documents.py",
        "tests/integration/test_version_management_api.py",
        "tests/integration/test_concurrent_operations.py",
        "tests/integration/test_lock_order.py",
        "tests/integration/test_deployed_at.py",
    ),
    "arrivals": (
        "tests/unit/modelhub/transfers",
        "tests/integration/test_background_imports.py",
        "tests/integration/test_import_api.py",
        "tests/integration/test_transfer_history.py",
        "tests/integration/test_sources_api.py",
    ),
    "scoring": (
        "tests/integration/test_analyze_api.py",
        "tests/integration/test_predict_api.py",
        "tests/integration/test_alerts_api.py",
        "tests/integration/test_drift_checks.py",
        "tests/integration/test_validation.py",
        "tests/integration/monitoring",
        "tests/unit/monitoring/notifications",
        "tests/unit/monitoring/test_alerts.py",
    ),
    "access": (
        "tests/contracts/test_access_matrix.py",
        "tests/integration/test_tokens.py",
        "tests/integration/test_token_commands.py",
        "tests/unit/modelhub/accounts",
        "tests/unit/modelhub/audit",
        "tests/integration/test_audit.py",
        "tests/integration/test_idempotency.py",
    ),
    "contract": (
        "tests/contracts/api",
        "tests/contracts/test_bad_inputs.py",
        "tests/contracts/test_schema_conformance.py",
    ),
}


@pytest.mark.service
@pytest.mark.slow
@pytest.mark.parametrize("group", SAME_TESTS)
def test_the_same_tests_pass_on_postgresql(group: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n0", *SAME_TESTS[group]]
    with services.postgres(tmp_path) as server:
        url = f"{server.rpartition('/')[0]}/hub_{group}"  # Django makes its test database from the name
        done = subprocess.run(
            [*command, "-m", "not slow and not service"],
            cwd=ROOT,
            env=os.environ | {"DATABASE_URL": url, "MODELHUB_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=900,
        )
    assert done.returncode == 0, done.stdout[-8000:]

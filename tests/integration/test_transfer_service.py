"""``ModelTransferService`` inside and outside a running event loop, and in a plain script."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from modelhub.errors import ModelhubError
from modelhub.transfers.models import TrainingSource, Transfer
from modelhub.transfers.service import ModelTransferService
from tests import live, packages
from tests.unit.modelhub.transfers.conftest import source  # noqa: F401 (fixture)

SCRIPT = """
import asyncio, json
from modelhub.transfers.service import ModelTransferService

async def main():
    service = ModelTransferService()
    seen = await service.scan_training_service_models()
    first = await service.import_latest_model(validate=False)
    again = await service.import_latest_model(validate=False)
    history = await service.get_transfer_history()
    reached = await service.validate_training_service_connection()
    print(json.dumps([len(seen), first["status"], again["status"], len(history), reached["connected"]]))

asyncio.run(main())
"""


@pytest.mark.django_db(transaction=True)
def test_a_package_is_imported_by_its_path(source: TrainingSource) -> None:  # noqa: F811
    service = ModelTransferService("maria")
    answer = asyncio.run(service.import_model("a", validate=False))
    assert (answer["status"], answer["transfer"]["initiated_by"]) == ("imported", "maria")
    assert [row["status"] for row in asyncio.run(service.get_transfer_history())] == ["imported"]


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_raised_and_kept(source: TrainingSource) -> None:  # noqa: F811
    with pytest.raises(ModelhubError):
        asyncio.run(ModelTransferService().import_model("../etc", validate=False))
    assert Transfer.objects.get().code == "path_invalid"


@pytest.mark.slow
def test_a_plain_script_needs_no_set_up(tmp_path: Path) -> None:
    packages.write_folder(tmp_path / "lab" / "a", packages.service_members("1.0.0"))
    hub = live.hub(tmp_path / "home")
    hub.manage("migrate", "--verbosity", "0")
    place = str(tmp_path / "lab")
    hub.python(
        "import json; from modelhub.transfers.models import TrainingSource; "
        f"print(json.dumps(TrainingSource.objects.create(name='lab', location={place!r}).pk))"
    )
    environment = {k: v for k, v in hub.environment.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=live.ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout) == [1, "imported", "up_to_date", 1, True]

"""Importing a package: staged, checked, converted, stored, registered; never deployed.

Order is the safety: the row first, the pickle only behind every cheaper check, the blobs only when
everything passed, the version only when its blobs are on the disk. An attempt begins, and its row,
when source and model have usable names and there is room for one more import.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from django.db import transaction

from modelhub import conf
from modelhub.actors import Actor, Channel
from modelhub.artifacts import intake, prepare, quarantine, zipfiles
from modelhub.artifacts.prepare import Convert
from modelhub.artifacts.store import Store
from modelhub.artifacts.types import PreparedPackage, Role, StagedPackage
from modelhub.errors import Code, NotFound
from modelhub.registry import storecheck
from modelhub.registry.models import RegisteredModel
from modelhub.registry.registration import find_registered, register
from modelhub.transfers import costs, quality, staging
from modelhub.transfers.attempts import Attempt, attempt
from modelhub.transfers.choices import TransferKind
from modelhub.transfers.models import REPAIRED, TrainingSource, Transfer
from modelhub.transfers.orders import order
from modelhub.transfers.recovery import recover
from modelhub.transfers.sources.catalog import open_source

OnStep = Callable[[str], None]
Stage = Callable[[Path], StagedPackage]

# Every step in the order in which ``on_step`` hears of it.
STEPS = ("staging", *prepare.STEPS, "storing", "registering")


def import_package(
    source: TrainingSource,
    path: str,
    actor: Actor,
    *,
    model_name: str | None = None,
    validate: bool = True,
    on_step: OnStep | None = None,
    convert: Convert = quarantine.convert,
) -> Transfer:
    """Import what lies at ``path`` in the source; the ended row says ``imported`` or ``unchanged``.

    A known content whose blobs in the store are damaged is imported anew into its version, with a
    note (``repaired``).

    The version goes to ``model_name``, else to the source's model, else to the default one, which is
    made where it does not exist. ``on_step`` hears the name of every step before it is taken.

    Raises the ModelhubError that ended the attempt, after it was saved in the row: PathRefused,
    PackageRefused, Conflict (``version_conflict``), Unavailable, StorageFull, SystemFault
    (``internal``). Nothing is then registered or staged; where it failed after the blobs were stored,
    they belong to no version and the scheduled check of the store removes them a day later. Before
    there is a row: InputInvalid (``param_invalid``) for a bad name, Unavailable (``import_busy``).
    """
    transfer = order(path, actor, source=source, model_name=model_name, validate=validate)
    stage = partial(_stage_from, transfer, source, path)
    return _import(transfer, stage, actor, on_step=on_step, convert=convert)


def import_upload(
    file: BinaryIO,
    name: str,
    actor: Actor,
    *,
    model_name: str | None = None,
    validate: bool = True,
    on_step: OnStep | None = None,
    convert: Convert = quarantine.convert,
) -> Transfer:
    """Import an uploaded package zip that was called ``name``; otherwise as :func:`import_package`."""
    transfer = order(name, actor, kind=TransferKind.UPLOAD, model_name=model_name, validate=validate)
    stage = partial(_stage_upload, file, name)
    return _import(transfer, stage, actor, on_step=on_step, convert=convert)


def import_local(
    path: Path,
    actor: Actor,
    *,
    model_name: str | None = None,
    validate: bool = True,
    on_step: OnStep | None = None,
    convert: Convert = quarantine.convert,
) -> Transfer:
    """Import a folder or zip anywhere on this machine, for its operator; else as :func:`import_package`."""
    whole = path.absolute()
    transfer = order(str(whole), actor, kind=TransferKind.LOCAL, model_name=model_name, validate=validate)
    stage = partial(_stage_local, whole)
    return _import(transfer, stage, actor, on_step=on_step, convert=convert)


def resume(
    transfer: Transfer, *, on_step: OnStep | None = None, convert: Convert = quarantine.convert
) -> Transfer:
    """Take up a queued row and import what it names; otherwise as :func:`import_package`.

    Raises ClaimLost where the row waits for a worker no longer, or was given to another one meanwhile.
    """
    actor = Actor(transfer.actor, Channel(transfer.channel))
    return _import(transfer, partial(_stage_queued, transfer), actor, on_step=on_step, convert=convert)


def _import(
    transfer: Transfer,
    stage: Stage,
    actor: Actor,
    *,
    on_step: OnStep | None,
    convert: Convert,
) -> Transfer:
    """The attempt, and after its end, when nothing can undo it, the quality checks it wants."""
    _attempt(transfer, stage, actor, on_step=on_step, convert=convert)
    quality.follow(transfer)
    return transfer


def _attempt(
    transfer: Transfer,
    stage: Stage,
    actor: Actor,
    *,
    on_step: OnStep | None,
    convert: Convert,
) -> None:
    target = transfer.model_name
    with attempt(transfer) as running, costs.slot():
        recover()
        tell = partial(_tell, running, on_step)
        tell("staging")
        staged = stage(running.folder)
        inspected = prepare.inspect(staged, require_manifest=conf.flag("REQUIRE_MANIFEST"), on_step=tell)
        running.learn(label=inspected.label, digest=inspected.digest, notes=inspected.notes)
        known = find_registered(target, label=inspected.label, digest=inspected.digest)
        damage = storecheck.fault(known) if known else ""
        if known is not None and not damage:
            running.succeed(known, created=False)
            return
        prepared = prepare.prepare(
            inspected,
            limits=costs.quarantine_limits(),
            scorer=conf.hook_path("SAFE_FORM_SCORER"),
            on_step=tell,
            convert=convert,
        )
        running.learn(label=prepared.label, digest=prepared.digest, notes=prepared.notes)
        tell("storing")
        stored = _store(prepared)
        tell("registering")
        _register(running, prepared, stored, target, actor, damage=damage)


def _register(
    running: Attempt,
    prepared: PreparedPackage,
    stored: dict[Role, tuple[str, int]],
    model_name: str,
    actor: Actor,
    *,
    damage: str,
) -> None:
    with transaction.atomic():
        model, _ = RegisteredModel.objects.get_or_create(name=model_name)
        version, created = register(prepared, model=model, store_digests=stored, actor=actor)
        running.transfer.notes = [*version.notes, *_repair_notes(damage)]
        running.succeed(version, created=created or bool(damage))


def _repair_notes(damage: str) -> list[dict[str, str]]:
    if not damage:
        return []
    return [{"code": REPAIRED, "detail": f"{damage} It was restored from this package."}]


def _tell(running: Attempt, on_step: OnStep | None, step: str) -> None:
    running.reach(step)
    if on_step is not None:
        on_step(step)


def _stage_from(transfer: Transfer, source: TrainingSource, path: str, into: Path) -> StagedPackage:
    opened = open_source(source)
    transfer.lineage = dict(opened.lineage(path))  # before staging: a refused attempt keeps it too
    return opened.stage(path, into, limits=costs.package_limits())


def _stage_upload(file: BinaryIO, name: str, into: Path) -> StagedPackage:
    return zipfiles.stage_zip(file, into, label_hint=Path(name).name, limits=costs.package_limits())


def _stage_local(path: Path, into: Path) -> StagedPackage:
    return intake.stage(path.parent, (path.name,), into, limits=costs.package_limits())


def _stage_queued(transfer: Transfer, into: Path) -> StagedPackage:
    if transfer.kind == TransferKind.UPLOAD:
        with staging.kept_upload(conf.staging_root(), transfer.upload) as file:
            return _stage_upload(file, transfer.origin, into)
    if transfer.source is None:
        raise NotFound(
            Code.PACKAGE_NOT_FOUND,
            "The training source of this import was removed while it waited. Set it up again, then import.",
        )
    return _stage_from(transfer, transfer.source, transfer.origin, into)


def _store(prepared: PreparedPackage) -> dict[Role, tuple[str, int]]:
    """Every file of the version is in the store and on the disk; its digest and size by role."""
    store = Store(conf.store_root())
    stored = {role: (store.put(file.path, file.sha256), file.size) for role, file in prepared.files.items()}
    return stored | {role: (store.put(data), len(data)) for role, data in prepared.blobs.items()}

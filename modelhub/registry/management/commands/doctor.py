"""``doctor``: is everything that this installation stands on sound?"""

import os
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Q

from modelhub import conf, health, tables
from modelhub.commands import HubCommand
from modelhub.errors import ModelhubError
from modelhub.health import Probe
from modelhub.registry import storecheck
from modelhub.registry.models import ModelVersion


class Command(HubCommand):
    """Runs every check, prints one line each; exit code 1 when any failed."""

    help = "Check database, store (full re-hash), quarantine, broker, disk and deployed models."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks in order; without a database the ones that need it are not tried."""
        findings = {"database": health.database()}
        if findings["database"].ok:
            findings["migrations"] = _migrations()
        if all(probe.ok for probe in findings.values()):
            findings["store"] = self._store()
            findings["deployed models"] = _deployed_models()
        findings |= {"disk": health.disk(), "broker": _broker(), "quarantine": _quarantine()}
        findings["engine"] = Probe(True, f"forests run by {conf.hook('ENGINE')()}")
        rows = [("ok" if probe.ok else "FAILED", name, probe.detail) for name, probe in findings.items()]
        ok = all(probe.ok for probe in findings.values())
        checks = {name: {"ok": probe.ok, "detail": probe.detail} for name, probe in findings.items()}
        self.emit({"ok": ok, "checks": checks}, tables.render(("", "CHECK", "FINDING"), rows))
        if not ok:
            raise SystemExit(1)

    def _store(self) -> Probe:
        with self.progress("Re-hashing the store", None, unit="files") as bar:

            def show(done: int, in_all: int) -> None:
                bar.expect(in_all)
                bar.advance()

            findings = storecheck.check(progress=show)
        said = "; ".join((f"{findings.blobs} blob(s) re-hashed", *findings.damaged, *findings.notes))
        return Probe(not findings.damaged, said)


def _migrations() -> Probe:
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    return Probe(not missing, f"{missing} to apply; run `manage.py migrate`" if missing else "all applied")


def _deployed_models() -> Probe:
    """What serves and what was deployed, which differ during a trial, load and score here."""
    wanted = ModelVersion.objects.with_standing().filter(Q(is_current=True) | Q(is_deployed=True))
    problems = {version: _load_problem(version) for version in wanted}
    said = "; ".join(f"{version} {problem or 'loads'}" for version, problem in problems.items())
    return Probe(not any(problems.values()), said or "nothing is deployed yet")


def _load_problem(version: ModelVersion) -> str:
    try:
        conf.hook("DEPLOY_PREFLIGHT")(version)
    except ModelhubError as error:
        return f"does not load: {error.detail}"
    return ""


def _broker() -> Probe:
    from modelhub.celery import app

    unusable = [str(folder) for folder in settings.BROKER_FOLDERS if not os.access(folder, os.W_OK)]
    if unusable:
        return Probe(False, f"cannot be written: {', '.join(unusable)}")
    if settings.BROKER_FOLDERS:
        return Probe(True, "a folder on this machine")
    try:
        with app.connection_for_write(connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
            return Probe(True, f"{broker.transport_cls} answers")
    except Exception as error:  # each transport has its own family of exceptions
        return Probe(False, f"does not answer ({type(error).__name__})")


def _quarantine() -> Probe:
    level = health.quarantine_level().detail
    told = "pickle packages are refused, serving goes on" if level == "none" else "imports are possible"
    return Probe(level != "none", f"{level}: {told}")

"""``doctor``: is everything that this installation stands on sound?"""

from typing import Any

from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from modelhub import conf, health, tables
from modelhub.commands import HubCommand
from modelhub.errors import ModelhubError
from modelhub.health import Probe
from modelhub.registry import storecheck
from modelhub.registry.models import RegisteredModel


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
    serving = RegisteredModel.objects.exclude(current_version=None).select_related("current_version__model")
    said, ok = [], True
    for model in serving:
        assert model.current_version is not None
        try:
            conf.hook("DEPLOY_PREFLIGHT")(model.current_version)
            said.append(f"{model.current_version} loads")
        except ModelhubError as error:
            ok = False
            said.append(f"{model.current_version} does not load: {error.detail}")
    return Probe(ok, "; ".join(said) or "nothing is deployed yet")


def _broker() -> Probe:
    from modelhub.celery import app

    try:
        with app.connection_for_write(connect_timeout=3) as broker:
            broker.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:  # each transport has its own family of exceptions
        return Probe(False, f"does not answer ({type(error).__name__})")
    return Probe(True, app.connection_for_write().transport_cls or "connected")


def _quarantine() -> Probe:
    level = health.quarantine_level().detail
    told = "pickle packages are refused, serving goes on" if level == "none" else "imports are possible"
    return Probe(level != "none", f"{level}: {told}")

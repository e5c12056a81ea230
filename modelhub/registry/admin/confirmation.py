"""One page before every operation: current against candidate, gates run live, a reason, a button."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from modelhub import conf
from modelhub.api.problems import status_of
from modelhub.console.pages import actor
from modelhub.errors import Code, Conflict, ModelhubError
from modelhub.registry import gates
from modelhub.registry.admin.comparison import compare
from modelhub.registry.admin.report import warnings
from modelhub.registry.admin.wishes import Wish
from modelhub.registry.lifecycle import Outcome
from modelhub.registry.models import ModelVersion
from modelhub.registry.standing import deployed_version

GATE_WORDS = {
    "active": "Is active",
    "intact": "Stored artefacts are intact",
    "features_known": "Features are known by name",
    "usable": "Loads here and scores new rows",
}
QUALITY = "Quality checks"
FORCE = "registry.force_modelversion"
CONVERGED_S = 2.0


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's finding; an empty ``problem`` means passed."""

    name: str
    problem: str
    is_quality: bool = False


def confirm(admin: Any, request: HttpRequest, version: ModelVersion, wish: Wish) -> HttpResponse:
    """GET shows what the operation would change; POST performs it and leads to its row.

    What is refused is said on the same page with the status of its code; nothing was changed then.
    Raises PermissionDenied.
    """
    admin.demand(request, wish.permission)
    if request.method != "POST":
        return _page(admin, request, version, wish)
    try:
        reason = request.POST.get("reason", "").replace("\x00", "�").strip()[:2000]
        more = {"seen": _seen_generation(request)} if wish.gated else {}
        if wish.can_force and request.POST.get("force"):
            admin.demand(request, FORCE)
            more["force"] = True
        outcome = wish.perform(version, actor(request), reason=reason, **more)
    except ModelhubError as error:
        version.refresh_from_db()
        return _page(admin, request, version, wish, error=error)
    _say(request, outcome, wish)
    return redirect(_result(outcome))


def _page(
    admin: Any, request: HttpRequest, version: ModelVersion, wish: Wish, *, error: ModelhubError | None = None
) -> HttpResponse:
    deployed = deployed_version(version.model)
    findings = _run_gates(version, wish) if wish.gated else []
    failed = [gate for gate in findings if gate.problem]
    only_quality = bool(failed) and all(gate.is_quality for gate in failed)
    may_force = only_quality and wish.can_force and request.user.has_perm(FORCE)
    context = {
        "original": version,
        "title": f"{wish.label} {version}",
        "wish": wish,
        "version": version,
        "deployed": deployed,
        "current": version.model.current_version,
        "comparison": compare(deployed, version) if wish.gated else None,
        "gates": findings,
        "blocked": bool(failed) and not may_force,
        "may_force": may_force,
        "forced": bool(request.POST.get("force")),
        "reports_href": _reports(request, version),
        "notes": warnings(version.notes),
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    status = status_of(error.code) if error else 200
    return admin.page(request, "admin/console/confirm.html", context, status=status)  # type: ignore[no-any-return]


def _reports(request: HttpRequest, version: ModelVersion) -> str:
    """Address of the version's validation reports; empty for who may not see them."""
    if not request.user.has_perm("inference.view_validationreport"):
        return ""
    return f"{reverse('admin:inference_validationreport_changelist')}?version__id__exact={version.pk}"


def _run_gates(version: ModelVersion, wish: Wish) -> list[Gate]:
    """What protects serving first; the validation report is only asked of a version that could serve."""
    found = [Gate(GATE_WORDS.get(name, name), gate(version)) for name, gate in gates.GATES.items()]
    if not wish.asks_quality or any(gate.problem for gate in found):
        return found
    problems = gates.quality_problems(version)
    return found + ([Gate(QUALITY, error.detail, True) for error in problems] or [Gate(QUALITY, "", True)])


def _seen_generation(request: HttpRequest) -> int:
    """The state that the page showed; on any other one the person has to look again."""
    text = request.POST.get("generation", "")
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise Conflict(Code.DEPLOYMENT_CONFLICT, "Look at the comparison below and confirm it.")


def _say(request: HttpRequest, outcome: Outcome, wish: Wish) -> None:
    if outcome.changed:
        done = wish.done.format(version=outcome.version)
        messages.success(request, f"{done}{_progress(outcome)}" if wish.gated else done)
    else:
        messages.info(request, f"Nothing to do: {outcome.version} was already in that state.")


def _progress(outcome: Outcome) -> str:
    """How many processes serve it by now; they follow within a second, so it is worth the wait."""
    said = conf.hook("SERVING_PROGRESS")(outcome.version.model, seconds=CONVERGED_S)
    return f" {said[0].upper()}{said[1:]}."


def _result(outcome: Outcome) -> str:
    if outcome.deployment is not None:
        return reverse("admin:registry_deployment_change", args=[outcome.deployment.pk])
    return reverse("admin:registry_modelversion_change", args=[outcome.version.pk])

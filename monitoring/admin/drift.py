"""Drift checks: the list, a report for each that says what to do, and "Add", which checks now."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString

from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Button, Fact, actor
from modelhub.console.rows import OperationRows
from modelhub.registry.models import ModelVersion
from modelhub.registry.querysets import large_columns
from monitoring import drift_checks
from monitoring.drift.result import Verdict
from monitoring.drift_pictures import pictures
from monitoring.models import DriftCheck
from monitoring.models.drift import ReferenceKind

MAY_CHECK = "monitoring.check_drift"
FOREMOST = 5  # features shown at once where none drifted
TONES = {Verdict.NO_DRIFT: "good", Verdict.DRIFT: "bad", Verdict.INSUFFICIENT_DATA: "mute"}
NEXT = {
    Verdict.DRIFT: (
        "Look at the features below that moved most, and at the anomalies of the same time. If the change is "
        "meant (new devices, new software), train on newer logs, import and deploy the new version; if not, "
        "something upstream broke."
    ),
    Verdict.NO_DRIFT: "Nothing needs to be done. The next check comes by itself while it is deployed.",
    Verdict.INSUFFICIENT_DATA: (
        "Let the version score more records, then check again. This says neither that all is well nor "
        "that it is not, and leaves open alerts as they are."
    ),
}
METHODS = {
    "kolmogorov_smirnov": "Kolmogorov–Smirnov",
    "chi_square": "chi-square",
    "fisher_exact": "Fisher’s exact",
    "two_proportions": "two proportions",
    "none": "none",
}


@admin.register(DriftCheck)
class DriftCheckAdmin(OperationRows, HubAdmin):
    """Append-only; each row is one comparison with all its numbers."""

    add_permission = MAY_CHECK
    report_template = "admin/console/drift_check.html"
    list_display = (
        "number",
        "version",
        "verdict_now",
        text("detail", "what was found", limit=140),
        "largest",
        moment("checked_at", "checked"),
        text("actor", "by"),
    )
    list_display_links = ("number", "version")
    list_filter = ("verdict", ("version", admin.RelatedOnlyFieldListFilter), "channel")
    list_select_related = ("version__model",)
    list_defer = ("features", "distributions", *large_columns("version"))
    search_fields = ("version__label", "version__model__name", "detail", "actor")
    search_help_text = "Version, words of the finding, or who asked"
    lead = (
        "Whether what versions score still looks like what they were trained on. Deployed versions are "
        "checked by schedule while records come in."
    )
    lead_label = "Check a version now"
    empty_title = "No drift checks yet"
    empty_text = (
        "A check compares the newest records of a version with its training profile, or with the first "
        "stable window after it was deployed. It needs about 1,000 scored records."
    )
    empty_link = "admin:monitoring_driftcheck_add"
    empty_link_text = "Check a version now"
    empty_permission = MAY_CHECK

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """GET offers the versions, or the one of ``?version=``; POST checks it and leads to the report."""
        self.demand(request, MAY_CHECK)
        version = _chosen(request)
        if version is not None and request.method == "POST":
            row = drift_checks.check(version, actor(request))
            messages.success(request, f"{version} was checked: {row.get_verdict_display().lower()}.")
            return redirect(reverse("admin:monitoring_driftcheck_change", args=[row.pk]))
        context = {"title": "Check for drift", "version": version} | (_choices() if version is None else {})
        return self.page(request, "admin/console/drift_start.html", context)

    def report_rows(self) -> Any:
        return DriftCheck.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: DriftCheck) -> dict[str, Any]:
        rows = [_feature(one) for one in row.features]
        foremost = [one for one in rows if one["drifted"]] or rows[:FOREMOST]
        return {
            "title": f"Drift check #{row.pk}",
            "badges": [_verdict(row)],
            "buttons": _buttons(request, row),
            "facts": _facts(row),
            "next_step": NEXT[Verdict(row.verdict)],
            "pictures": pictures(row.distributions),
            "features": rows,
            "foremost": foremost,
            "rest": rows[len(foremost) :],
            "others": _others(row.indicators),
            "time": row.indicators.get("inference_time"),
            "time_change": row.indicators.get("inference_time_change"),
        }

    @admin.display(description="#", ordering="id")
    def number(self, row: DriftCheck) -> str:
        return f"#{row.pk}"

    @admin.display(description="verdict", ordering="verdict")
    def verdict_now(self, row: DriftCheck) -> SafeString:
        return badge(*_verdict(row))

    @admin.display(description="largest effect", ordering="drift_score")
    def largest(self, row: DriftCheck) -> str:
        return "–" if row.drift_score is None else f"{row.drift_score:.2f}"


def _chosen(request: HttpRequest) -> ModelVersion | None:
    key = request.GET.get("version") or request.POST.get("version") or ""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return ModelVersion.objects.with_standing().filter(pk=key).first()


def _choices() -> dict[str, Any]:
    versions = list(ModelVersion.objects.with_standing().order_by("model__name", "-imported_at")[:200])
    latest = drift_checks.latest([version.pk for version in versions])
    return {"versions": [(version, latest.get(version.pk)) for version in versions]}


def _verdict(row: DriftCheck) -> tuple[str, str]:
    return (str(row.get_verdict_display()).lower(), TONES[Verdict(row.verdict)])


def _buttons(request: HttpRequest, row: DriftCheck) -> list[Button]:
    found = []
    if request.user.has_perm(MAY_CHECK) and row.version.deleted_at is None:
        again = f"{reverse('admin:monitoring_driftcheck_add')}?version={row.version_id}"
        found.append(Button("Check again", again, "refresh"))
    if request.user.has_perm("monitoring.view_inferencemetric"):
        page = reverse("admin:monitoring_performance_version", args=[row.version_id])
        found.append(Button("Performance", page, "speed"))
    return found


def _facts(row: DriftCheck) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id])
    score = None if row.drift_score is None else f"{row.drift_score:.3f}"
    return [
        Fact("Version", row.version.reference, href=version),
        Fact("Reference", _reference(row), hint=_span(row.reference)),
        Fact("Current window", f"{row.current.get('n', 0):,} records", hint=_span(row.current)),
        Fact("Largest effect", score, hint="0 for none to 1 for wholly different."),
        Fact("Counts as drift", _rule(row), hint="Adjusted over all tests (Benjamini–Hochberg)."),
        Fact("Checked", row.checked_at),
        Fact("By", f"{row.actor} ({row.channel})"),
    ]


def _reference(row: DriftCheck) -> str:
    kind = row.reference.get("kind")
    if not kind:
        return "none yet"
    return f"{ReferenceKind(kind).label}, {row.reference.get('n', 0):,} records"


def _rule(row: DriftCheck) -> str:
    effect = row.settings.get("min_effect", 0.0)
    return f"adjusted p below {row.threshold:g} and an effect of {effect:g} or more"


def _span(window: Mapping[str, Any]) -> str:
    """The ends of a window in words; of training only its end is known."""
    start, end = (parse_datetime(window.get(name) or "") for name in ("from", "to"))
    if start and end:
        return f"{start:%d %b %Y, %H:%M} to {end:%d %b %Y, %H:%M} UTC"
    return f"up to {end:%d %b %Y, %H:%M} UTC" if end else ""


def _feature(one: Mapping[str, Any]) -> dict[str, Any]:
    missing = one.get("missing") or {}
    return dict(one) | {
        "method": METHODS.get(one["test"], one["test"]),
        "percent": round((one["effect"] or 0.0) * 100),
        "missing_drifted": missing.get("drifted"),
        "missing_before": missing.get("before"),
        "missing_after": missing.get("after"),
    }


def _others(indicators: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The scores and the anomaly rate, in the same shape as features."""
    found = [("Scores", indicators.get("scores")), ("Anomaly rate", indicators.get("anomaly_rate"))]
    return [_feature(one) | {"name": title} for title, one in found if one]

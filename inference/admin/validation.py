"""Validation reports: what the quality checks found on which version; "Add" runs them."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.safestring import SafeString

from inference.api.validation_page import WORDS, shown
from inference.models import ValidationReport
from inference.validation import operation
from inference.validation.catalog import CHECKS, RULES
from inference.validation.comparison import compare
from inference.validation.document import previous
from inference.validation.findings import CheckResult, Severity, Status
from inference.validation.report import Report
from modelhub.console.admin import HubAdmin
from modelhub.console.badges import badge
from modelhub.console.columns import moment, text
from modelhub.console.pages import Button, Fact, actor
from modelhub.console.rows import OperationRows
from modelhub.registry.models import ModelVersion
from modelhub.registry.querysets import large_columns

TONES = {Status.PASSED: "good", Status.WARNING: "warn", Status.FAILED: "bad", Status.NOT_APPLICABLE: "mute"}
MAY_VALIDATE = "inference.validate_version"


@admin.register(ValidationReport)
class ValidationReportAdmin(OperationRows, HubAdmin):
    """Append-only: each row is one run of all checks on one version."""

    add_permission = MAY_VALIDATE
    report_template = "admin/console/validation.html"
    list_display = (
        "number",
        "version",
        "verdict",
        "score_shown",
        "failed",
        "warned",
        moment("validated_at", "when"),
        text("actor", "by"),
    )
    list_display_links = ("number", "version")
    list_filter = ("is_valid", "version__model", "channel", ("version", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("version__model",)
    list_defer = large_columns("version")
    search_fields = ("version__label", "version__model__name", "actor")
    lead = (
        "What the quality checks found on each version. A version whose newest report is not valid cannot "
        "be deployed."
    )
    lead_label = "Validate a version"
    empty_title = "No version was validated yet"
    empty_text = (
        "Importing a package validates it. To validate a version that is here already, choose it and confirm."
    )
    empty_link = "admin:inference_validationreport_add"
    empty_link_text = "Validate a version"
    empty_permission = MAY_VALIDATE

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Mapping[str, Any] | None = None
    ) -> HttpResponse:
        """GET offers the versions, or the one of ``?version=``; POST runs the checks, leads to the report."""
        self.demand(request, MAY_VALIDATE)
        version = _chosen(request)
        if version is not None and request.method == "POST":
            row = operation.validate(version, actor(request))
            messages.success(request, f"{version} was validated.")
            return redirect(reverse("admin:inference_validationreport_change", args=[row.pk]))
        versions = ModelVersion.objects.with_standing().order_by("model__name", "-imported_at")[:200]
        context = {
            "title": "Validate a version",
            "version": version,
            "versions": [] if version else versions,
            "checks": CHECKS,
            "newest": operation.latest(version) if version else None,
        }
        return self.page(request, "admin/console/validation_start.html", context)

    def report_rows(self) -> Any:
        return ValidationReport.objects.select_related("version__model")

    def report_context(self, request: HttpRequest, row: ValidationReport) -> dict[str, Any]:
        report, before = operation.report_of(row), previous(row)
        return {
            "badges": [_verdict(row, report)],
            "buttons": _buttons(request, row),
            "facts": _facts(row),
            "report": report,
            "errors": report.sentences(Severity.ERROR),
            "percent": round(row.score * 100),
            "checks": [_shown(check) for check in report.checks],
            "before": before,
            "comparison": compare(operation.report_of(before), report) if before else None,
            "score_words": _score_words(before, row) if before else "",
            "is_outdated": row.rules != RULES,
        }

    @admin.display(description="#", ordering="id")
    def number(self, row: ValidationReport) -> str:
        return f"#{row.pk}"

    @admin.display(description="verdict", ordering="is_valid")
    def verdict(self, row: ValidationReport) -> SafeString:
        return badge(*_verdict(row, operation.report_of(row)))

    @admin.display(description="score", ordering="score")
    def score_shown(self, row: ValidationReport) -> str:
        return f"{row.score * 100:.0f} of 100"

    @admin.display(description="failed checks")
    def failed(self, row: ValidationReport) -> str:
        return _titles(row, Status.FAILED) or "none"

    @admin.display(description="warnings in")
    def warned(self, row: ValidationReport) -> str:
        return _titles(row, Status.WARNING) or "none"


def _chosen(request: HttpRequest) -> ModelVersion | None:
    key = request.GET.get("version") or request.POST.get("version") or ""
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        return None
    return ModelVersion.objects.with_standing().filter(pk=key).first()


def _titles(row: ValidationReport, status: Status) -> str:
    return ", ".join(check.title for check in operation.report_of(row).checks if check.status is status)


def _verdict(row: ValidationReport, report: Report) -> tuple[str, str]:
    if not row.is_valid:
        return ("not valid", "bad")
    return ("valid, with warnings", "warn") if report.sentences(Severity.WARNING) else ("valid", "good")


def _shown(check: CheckResult) -> dict[str, Any]:
    return {
        "title": check.title,
        "status": (WORDS[check.status], TONES[check.status]),
        "findings": check.findings,
        "figures": shown(check.figures),
    }


def _score_words(before: ValidationReport, row: ValidationReport) -> str:
    """How the score moved, in points of 100."""
    change = round(row.score * 100) - round(before.score * 100)
    if change == 0:
        return "the score is the same"
    return f"the score {'rose' if change > 0 else 'fell'} by {abs(change)} points"


def _facts(row: ValidationReport) -> list[Fact]:
    version = reverse("admin:registry_modelversion_change", args=[row.version_id])
    return [
        Fact("Version", row.version.reference, href=version),
        Fact("By", f"{row.actor} ({row.channel})"),
        Fact("When", row.validated_at),
        Fact("Took", f"{row.duration_s:.2f} s" if row.duration_s is not None else ""),
        Fact("Rules", row.rules, hint="Grows when the checks change; only equal ones compare as such."),
        Fact("Reference rows", row.reference_rows or "none were sent"),
    ]


def _buttons(request: HttpRequest, row: ValidationReport) -> list[Button]:
    found = []
    if row.version.deleted_at is None and request.user.has_perm(MAY_VALIDATE):
        again = f"{reverse('admin:inference_validationreport_add')}?version={row.version_id}"
        found.append(Button("Validate again", again, "refresh", primary=True))
    newest = operation.latest(row.version)
    if row.version.deleted_at is None and newest is not None and newest.pk == row.pk:
        page = reverse("validation-report", args=[row.version.reference])
        found.append(Button("Printable report", f"{page}?format=html", "print"))
    return found

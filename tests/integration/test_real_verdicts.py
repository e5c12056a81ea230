"""Every real package gets the verdict that a person gives it, through the whole of an import's checks."""

from functools import cache
from pathlib import Path

import pytest

from inference.validation import resolving
from inference.validation.findings import Severity
from inference.validation.report import Report

pytestmark = [pytest.mark.shared_data, pytest.mark.django_db]

MODELS = "training-root/models"
NO_MANIFEST, CONSTANT = "manifest_absent", "constant_columns"
# Valid packages, and what a person should look at before deploying them. Their constant columns were
# counted by hand: 16 of 32 on the OpenSSH log, 9 on the Linux log, none on the Wi-Fi log.
VALID = {
    f"{MODELS}/20261122_210422": {NO_MANIFEST},
    f"{MODELS}/20261122_210433": {NO_MANIFEST, CONSTANT},
    f"{MODELS}/20261122_210445": {NO_MANIFEST, CONSTANT, "model_type_differs"},
    f"{MODELS}/openssh_if": {NO_MANIFEST, CONSTANT},
    f"{MODELS}/deployments/model_20261122_210422_deployment.zip": set(),
    "deployment-wifi": set(),
    "service-wifi-sklearn-1.9.1": {NO_MANIFEST},
    "broken/00-control-valid": set(),
    "broken/05-metadata-no-feature-names": {NO_MANIFEST},
    "broken/33-conflicting-duplicate-manifests.zip": set(),
}
# One for each stage of the checks: that every broken package is refused is test_real_packages' claim.
INVALID = {
    f"{MODELS}/local_outlier_factor_wifi_dev_dedup": "model_not_usable",
    "service-wifi-sklearn-1.2.2": "version_unsupported",
    "broken/01-truncated-model": "pickle_corrupt",
    "broken/03-wrong-sha256": "hash_mismatch",
    "broken/07-invalid-json-metadata": "metadata_invalid",
    "broken/09-scaler-31-features": "feature_mismatch",
    "broken/16-disallowed-class": "unsafe_type",
    "broken/30-truncated.zip": "package_not_zip",
}


@cache
def verdict(path: Path) -> Report:
    """The report on a package, made once for all tests."""
    return resolving.inspect(str(path)).report


@pytest.mark.parametrize("place", VALID)
def test_a_usable_package_is_valid_with_the_warnings_it_deserves(place: str, shared_data: Path) -> None:
    report = verdict(shared_data / "packages" / place)
    warned = {finding.code for finding in report.findings if finding.severity is Severity.WARNING}
    assert report.is_valid
    assert warned - {"model_old"} == VALID[place]  # their age depends on the day


@pytest.mark.parametrize("place", INVALID)
def test_an_unusable_package_is_invalid_for_its_reason(place: str, shared_data: Path) -> None:
    report = verdict(shared_data / "packages" / place)
    assert not report.is_valid
    assert [finding.code for finding in report.findings] == [INVALID[place]]


@pytest.mark.parametrize("place", [place for place in VALID if "openssh_if" not in place])
def test_the_implied_alert_rate_is_the_declared_tenth(place: str, shared_data: Path) -> None:
    metrics = verdict(shared_data / "packages" / place).quality_metrics
    assert metrics["alert_rate_evidence"] == "score_statistics"
    assert metrics["implied_alert_rate"] == pytest.approx(0.1, abs=0.02)

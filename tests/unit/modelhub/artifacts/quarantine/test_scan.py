"""The dry scan sees every name, wherever it hides, and constructs nothing."""

import io
from pathlib import Path

import pytest

from modelhub.artifacts.quarantine import allowlist, container
from modelhub.artifacts.quarantine.refusal import Reason, Refused
from modelhub.artifacts.quarantine.scan import Findings, scan
from tests.hostile import honest
from tests.hostile.broken import dumped, forest
from tests.hostile.running import RUNNING

_LIMIT = 64 << 20


def _scan(data: bytes) -> tuple[Findings, Reason | None]:
    findings = Findings()
    try:
        stream, _ = container.unpack(io.BytesIO(data), limit=_LIMIT)
        scan(stream, memory_bytes=1 << 30, findings=findings)
    except Refused as refused:
        return findings, refused.reason
    return findings, None


@pytest.mark.parametrize("name", RUNNING)
def test_the_name_that_would_run_is_listed_and_nothing_runs(name: str, tmp_path: Path) -> None:
    findings, _ = _scan(RUNNING[name](tmp_path / "canary"))
    assert findings.pairs - allowlist.ALLOWED
    assert not (tmp_path / "canary").exists()


@pytest.mark.parametrize("name", honest.NAMES)
def test_honest_pairs_of_files_refer_to_allowed_names_only(name: str) -> None:
    for part in honest.pair(name):
        findings, reason = _scan(dumped(part))
        assert reason is None
        assert findings.pairs <= allowlist.ALLOWED


@pytest.mark.parametrize("compress", [0, 3, ("zlib", 9), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_every_container_and_protocol_of_joblib_is_read(compress: object, protocol: int) -> None:
    findings, reason = _scan(dumped(forest(), compress=compress, protocol=protocol))
    assert reason is None
    assert findings.protocol == protocol
    assert ("sklearn.tree._tree", "Tree") in findings.pairs
    assert len(findings.versions) == 1


def test_a_compressed_file_may_not_grow_beyond_the_limit() -> None:
    with pytest.raises(Refused) as refused:
        container.unpack(io.BytesIO(dumped(bytes(1000), compress=3)), limit=500)
    assert refused.value.reason is Reason.TOO_LARGE


def test_cutting_an_honest_file_anywhere_is_found() -> None:
    data = dumped(forest())
    for length in range(1, len(data), 997):
        assert _scan(data[:length])[1] is Reason.CORRUPT

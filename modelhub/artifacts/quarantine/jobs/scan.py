"""First child: list what each file refers to. Starts in a tenth of a second, imports no library."""

import os
from typing import Any

from modelhub.artifacts.quarantine import container, scan, skopsscan
from modelhub.artifacts.quarantine.framing import Message
from modelhub.artifacts.quarantine.refusal import Refused

_MAX_PAIRS = 200


def prepare(spec: dict[str, Any]) -> None:
    """Nothing beyond this module's own imports; the codecs come with them."""


def work(prepared: None, spec: dict[str, Any], message: Message) -> tuple[dict[str, Any], list[bytes]]:
    """One report per file: pairs, versions, protocol, compression, and the reason to refuse, if any."""
    return {"reports": [_report(descriptor, spec) for descriptor in spec["files"]]}, []


def _report(descriptor: int, spec: dict[str, Any]) -> dict[str, Any]:
    findings = scan.Findings()
    reason, compression = "", ""
    try:
        with os.fdopen(descriptor, "rb", closefd=False) as source:
            stream, compression = container.unpack(source, limit=spec["unpacked_bytes"])
        look = skopsscan.scan if compression == container.SKOPS else scan.scan
        look(stream, memory_bytes=spec["memory_bytes"], findings=findings)
    except Refused as refused:
        reason = refused.reason.value
    pairs = sorted(findings.pairs)[:_MAX_PAIRS]
    return {
        "pairs": [[module[:120], name[:120]] for module, name in pairs],
        "versions": sorted(findings.versions)[:8],
        "protocol": findings.protocol,
        "compression": compression,
        "reason": reason,
    }

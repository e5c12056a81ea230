"""``auditverify``: walk the audit trail and name the first entry that is not as it was written."""

import re
from typing import Any

from django.core.management.base import CommandParser

from modelhub.audit import verification
from modelhub.audit.verification import Verification
from modelhub.commands import FAILED, HubCommand


class Command(HubCommand):
    """Verifies the chain of seals; exit code 1 when it is broken."""

    help = (
        "Walk the audit trail from its first entry and make every seal again. Prints the head hash: keep it "
        "outside of the hub, and give it to --expect later."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The hash that was noted."""
        parser.add_argument("--expect", metavar="HASH", default="", help="a head hash noted earlier")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Walk, store the finding, print it."""
        expect = options["expect"].strip().lower()
        if expect and not re.fullmatch("[0-9a-f]{64}", expect):
            self.misused("--expect takes a hash of 64 hexadecimal digits, as auditverify prints it.")
        with self.progress("verifying", verification.length(), unit="entries") as bar:
            found = verification.check(expect=expect, on_progress=bar.advance)
        self.emit(_data(found), _text(found))
        if found.fault:
            raise SystemExit(FAILED)


def _data(found: Verification) -> dict[str, Any]:
    fault = found.fault
    return {
        "whole": fault is None,
        "entries": found.entries,
        "head": found.head,
        "fault": {"sequence": fault.sequence, "kind": fault.kind.value, "detail": fault.detail}
        if fault
        else None,
    }


def _text(found: Verification) -> str:
    if found.fault:
        return (
            f"The audit trail is broken at entry #{found.fault.sequence} ({found.fault.kind}): "
            f"{found.fault.detail}\n{found.entries:,} entries before it are whole, up to hash {found.head}."
        )
    return f"The audit trail is whole: {found.entries:,} entries.\nHead: {found.head}"

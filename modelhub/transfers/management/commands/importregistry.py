"""``importregistry FILE``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from modelhub import conf, tables
from modelhub.commands import HubCommand
from modelhub.errors import Code, InputInvalid
from modelhub.registry import documentcheck, documentreading
from modelhub.registry.documentparts import Document
from modelhub.transfers import registrydocument
from modelhub.transfers.registrydocument import Line, Restored, State


class Command(HubCommand):
    """Compares a registry document with registry and disk; imports and names only when told to."""

    help = (
        "Compare a registry document (of this hub or of a training service) with the registry and, with "
        "--source-root, with the disk. --import imports what is there and unknown, --aliases sets the "
        "document's aliases where the content matches. Nothing is ever deployed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The document, where its packages lie, and what to do."""
        parser.add_argument("file", metavar="FILE", help="the registry document")
        parser.add_argument(
            "--source-root", metavar="DIR", help="folder that the document's relative paths start from"
        )
        parser.add_argument("--model", help="registered model of entries that name none (the default one)")
        parser.add_argument("--import", action="store_true", dest="imports", help="import what is importable")
        parser.add_argument("--aliases", action="store_true", help="set the aliases of a hub's document")
        parser.add_argument("--dry-run", action="store_true", help="compare only, which is the default")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, do what was asked for, and report every entry; exit code 1 when an import failed."""
        self._check(options)
        root = Path(options["source_root"]).absolute() if options["source_root"] else None
        document = documentreading.read(_content(Path(options["file"])))
        model_name = options["model"] or conf.default_model()
        lines = registrydocument.look(document, model_name=model_name, source_root=root)
        if options["imports"] and root is not None:
            lines = self._import(lines, root)
        restored = registrydocument.restore_aliases(document, self.actor) if options["aliases"] else []
        if options["imports"] or options["aliases"]:
            registrydocument.record(Path(options["file"]).name, lines, restored, self.actor)
        self._report(document, lines, restored)
        if any(line.state is State.FAILED for line in lines):
            raise SystemExit(1)

    def _check(self, options: dict[str, Any]) -> None:
        if options["dry_run"] and (options["imports"] or options["aliases"]):
            self.misused("--dry-run compares only; leave it out to import or to set aliases.")
        if options["imports"] and not options["source_root"]:
            self.misused("--import needs --source-root: the folder where the packages lie.")

    def _import(self, lines: list[Line], root: Path) -> list[Line]:
        total = len(lines)
        with self.progress("Importing", total, unit="packages") as bar:
            return registrydocument.import_from(lines, root, self.actor, on_done=lambda line: bar.advance())

    def _report(self, document: Document, lines: list[Line], restored: list[Restored]) -> None:
        here = [version.reference for version in documentcheck.only_here(document)]
        data = {
            "shape": document.shape,
            "versions": [registrydocument.as_json(line) for line in lines],
            "aliases": [
                {
                    "alias": f"{each.alias.model}@{each.alias.name}",
                    "version": each.alias.label,
                    "restored": not each.skipped,
                    "detail": each.skipped,
                }
                for each in restored
            ],
            "only_here": here,
            "ignored": list(document.ignored),
        }
        self.emit(data, "\n".join(_said(document, lines, restored, here)))


def _said(document: Document, lines: list[Line], restored: list[Restored], here: list[str]) -> list[str]:
    rows = [
        (line.state, line.reference, " ".join(filter(None, (", ".join(line.differs), line.detail))) or "-")
        for line in lines
    ]
    said = [tables.render(("STATE", "VERSION", "WHAT"), rows) if rows else "The document names no version."]
    said += [
        f"{each.alias.model}@{each.alias.name}: {each.skipped or f'means {each.alias.label} now'}"
        for each in restored
    ]
    if here:
        said.append(f"Registered here but not in the document: {', '.join(here)}.")
    if document.ignored:
        said.append(f"Keys that name no version: {', '.join(document.ignored)}.")
    return said


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(documentreading.LARGEST_BYTES + 1)
    if len(data) > documentreading.LARGEST_BYTES:
        most = documentreading.LARGEST_BYTES // 1024**2
        raise InputInvalid(Code.BODY_TOO_LARGE, f"The registry document is larger than {most} MiB.")
    return data

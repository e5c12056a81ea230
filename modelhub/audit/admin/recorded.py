"""Rows that people edit in forms: every change leaves an entry with what stood before and after."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from modelhub.audit import trail
from modelhub.console.pages import actor

Snapshot = dict[str, Any]


class Recorded:
    """A form page whose saving and deleting is recorded as ``topic.create``, ``.change``, ``.delete``.

    Mixed in before the theme's class; the page saves in one transaction, which the entry belongs to.
    ``facts`` tells what is kept of a row, as it stands in the database.
    """

    model: Any
    topic: str
    facts: Callable[[Any], Snapshot]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The row is saved; what stood before is kept with the form for :meth:`save_related`."""
        form.facts_before = self._stored(obj.pk) if change else {}
        super().save_model(request, obj, form, change)  # type: ignore[misc]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What belongs to the row is saved too, and the entry is written."""
        super().save_related(request, form, formsets, change)  # type: ignore[misc]
        verb = "change" if change else "create"
        row = form.instance
        self.record(request, verb, str(row), before=form.facts_before, after=self._stored(row.pk))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """The row is deleted; its entry says what it was."""
        name, before = str(obj), self._stored(obj.pk)
        super().delete_model(request, obj)  # type: ignore[misc]
        self.record(request, "delete", name, before=before, after={})

    def record(
        self, request: HttpRequest, verb: str, target: str, *, before: Snapshot, after: Snapshot
    ) -> None:
        """One entry in the trail."""
        trail.record(f"{self.topic}.{verb}", target, actor(request), before=before, after=after)

    def _stored(self, key: Any) -> Snapshot:
        return type(self).facts(self.model._default_manager.get(pk=key))

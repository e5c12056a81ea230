"""Names of the versions that this process counts, for scrapes that find the database away."""

from modelhub.registry.models import ModelVersion
from monitoring.exposition.book import Book


def name_versions(book: Book) -> None:
    """Every version counted so far has its name beside its numbers. Raises DatabaseError."""
    wanted = book.unnamed()
    if not wanted:
        return
    rows = ModelVersion.with_deleted.filter(pk__in=wanted).values_list("pk", "model__name", "label")
    for version_id, model, label in rows:
        book.name(version_id, model, label)

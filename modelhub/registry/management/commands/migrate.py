"""``migrate``: Django's own, in which every migration is there as a whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands import migrate
from django.db import transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState


class WholeMigrations(MigrationExecutor):
    """Notes a migration as done in the transaction that does it.

    Django commits a migration that ends with indexes or foreign keys before it notes it: killed in between,
    every later ``migrate`` would fail because the tables or columns are there already.
    """

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        """As Django's."""
        with self._as_a_whole(migration):
            return super().apply_migration(state, migration, fake, fake_initial)

    def unapply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False
    ) -> ProjectState:
        """As Django's."""
        with self._as_a_whole(migration):
            return super().unapply_migration(state, migration, fake)

    @contextmanager
    def _as_a_whole(self, migration: Migration) -> Iterator[None]:
        if not (migration.atomic and self.connection.features.can_rollback_ddl):
            yield
            return
        # SQLite changes tables only while it checks no foreign keys, which a transaction cannot switch off.
        with self.connection.constraint_checks_disabled(), transaction.atomic(using=self.connection.alias):
            yield


class Command(migrate.Command):
    """Brings the database's tables up to date."""

    def handle(self, *args: Any, **options: Any) -> None:
        """As Django's, which offers no other way to choose the executor."""
        migrate.MigrationExecutor = WholeMigrations  # type: ignore[attr-defined]
        super().handle(*args, **options)

from importlib import import_module

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "modelhub.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make our Celery application the current one, so that tasks are sent to its broker."""
        import_module("modelhub.celery")

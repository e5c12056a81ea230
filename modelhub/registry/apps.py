from importlib import import_module

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "modelhub.registry"
    label = "registry"
    verbose_name = "Registry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Our Celery application is the current one, and the system checks are registered."""
        import_module("modelhub.celery")
        import_module("modelhub.checks")

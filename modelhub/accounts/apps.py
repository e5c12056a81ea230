from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "modelhub.accounts"
    label = "accounts"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Roles become groups with every migration."""
        from modelhub.accounts.groups import make_groups

        post_migrate.connect(make_groups, sender=self, dispatch_uid="modelhub.accounts.groups")

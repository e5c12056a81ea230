"""Fixed vocabularies of the registry's rows."""

from django.db.models import TextChoices


class Operation(TextChoices):
    """The verbs that change what a registered model holds or serves."""

    IMPORT = "import", "Import"
    DEPLOY = "deploy", "Deploy"
    ROLLBACK = "rollback", "Roll back"
    LOAD = "load", "Load"
    ACTIVATE = "activate", "Activate"
    DEACTIVATE = "deactivate", "Deactivate"
    DELETE = "delete", "Delete"
    ALIAS = "alias", "Set alias"
    UNALIAS = "unalias", "Remove alias"


class Runtime(TextChoices):
    """What executes a version: the compiled forest engine, or scikit-learn on the safe form."""

    FOREST = "forest", "Compiled forest"
    SKLEARN = "sklearn", "scikit-learn (skops)"

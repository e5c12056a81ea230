"""Write the table of answers: ``python -m tests.contracts.api.write``."""

import os

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "modelhub.settings")
    django.setup()
    from tests.contracts.api import document

    document.PLACE.write_text(document.text())

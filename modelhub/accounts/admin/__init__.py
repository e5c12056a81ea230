"""The admin of accounts: importing this package registers every page of it."""

from modelhub.accounts.admin import groups, tokens, users  # noqa: F401 (registration happens on import)

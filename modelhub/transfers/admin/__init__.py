"""The pages of arrivals: importing this package registers them."""

from modelhub.transfers.admin import sources, transfers  # noqa: F401 (registration happens on import)

"""The look of the admin, as its theme wants to be told: names, navigation, colours."""

from typing import Any, Final

UNFOLD: Final[dict[str, Any]] = {
    "SITE_TITLE": "modelhub",
    "SITE_HEADER": "modelhub",
    "SITE_SUBHEADER": "Log anomaly control room",
    "SITE_SYMBOL": "monitoring",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "modelhub.console.theme.favicon"},
    ],
    "SHOW_HISTORY": False,  # the history of versions is a page of its own; nothing else is edited here
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    "STYLES": ["modelhub.console.theme.stylesheet"],
    "SIDEBAR": {"navigation": "modelhub.console.navigation.groups"},
    "DASHBOARD_CALLBACK": "monitoring.dashboard.dashboard",
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.7)",
            "100": "oklch(95.3% .051 180.8)",
            "200": "oklch(91% .096 180.4)",
            "300": "oklch(85.5% .138 181.1)",
            "400": "oklch(77.7% .152 181.9)",
            "500": "oklch(70.4% .14 182.5)",
            "600": "oklch(51.5% .092 186.4)",
            "700": "oklch(43.7% .078 188.2)",
            "800": "oklch(38.6% .063 188.4)",
            "900": "oklch(33% .053 189)",
            "950": "oklch(27.7% .046 192.5)",
        },
    },
}

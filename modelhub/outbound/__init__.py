"""The only way in which the hub calls other addresses: training services, registries, webhooks.

An address is judged before and after its name is resolved, the connection goes to the very address
that was judged, nothing is redirected, and every call ends by its deadline and within its size.
"""

from modelhub.outbound.addresses import check_address
from modelhub.outbound.calls import download, fetch
from modelhub.outbound.credentials import authorization
from modelhub.outbound.values import Caps, Reply

__all__ = ["Caps", "Reply", "authorization", "check_address", "download", "fetch"]

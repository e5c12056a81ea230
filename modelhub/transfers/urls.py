"""Routes of imports and training sources, with and without a trailing slash."""

from django.urls import re_path

from modelhub.transfers import api, connection_api, historyapi

# [\s\S] and \Z: a path with a line break is a malformed path (400), not an unknown address (404).
urlpatterns = [
    re_path(r"^model-management/import/?$", api.ImportUpload.as_view(), name="import-upload"),
    re_path(
        r"^model-management/import/(?P<model_path>[\s\S]+?)/?\Z", api.ImportPath.as_view(), name="import-path"
    ),
    re_path(
        r"^model-management/training-service/models/?$",
        api.TrainingServiceModels.as_view(),
        name="training-service-models",
    ),
    re_path(
        r"^model-management/training-service/connection/?$",
        connection_api.TrainingServiceConnection.as_view(),
        name="training-service-connection",
    ),
    re_path(r"^model-management/import-latest/?$", api.ImportLatest.as_view(), name="import-latest"),
    re_path(
        r"^model-management/transfer-history/?$",
        historyapi.TransferHistory.as_view(),
        name="transfer-history",
    ),
    re_path(
        r"^model-management/transfer-history/(?P<transfer_id>[^/]+)/?$",
        historyapi.TransferDetail.as_view(),
        name="transfer",
    ),
    re_path(
        r"^model-management/transfer-history/(?P<transfer_id>[^/]+)/cancel/?$",
        historyapi.TransferCancel.as_view(),
        name="transfer-cancel",
    ),
]

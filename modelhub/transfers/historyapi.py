"""Endpoints of the transfer history: every attempt, one of them with its progress, clearing, cancelling."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from modelhub.api.pagination import Pages
from modelhub.api.parameters import parameters
from modelhub.api.permissions import actor_of
from modelhub.api.schema import PROBLEMS
from modelhub.transfers import cleanup, history, presentation, queue
from modelhub.transfers.documentation import CANCELLED, CLEARED, HISTORY, RUNNING
from modelhub.transfers.models import Transfer
from modelhub.transfers.serializers import CleanupQuery, Cleared, HistoryQuery, TransferPage, TransferShape

_ID = OpenApiParameter("transfer_id", int, OpenApiParameter.PATH)


class TransferHistory(APIView):
    """Every attempt to import."""

    permissions_needed: ClassVar = {
        "get": "transfers.view_transfer",
        "delete": "transfers.cleanup_transfers",
    }

    @extend_schema(
        operation_id="list_transfer_history",
        parameters=[
            HistoryQuery,
            OpenApiParameter("page", int),
            OpenApiParameter("page_size", int, description="At most 500."),
        ],
        responses={200: TransferPage, **PROBLEMS},
        examples=[HISTORY],
    )
    def get(self, request: Request) -> Response:
        """Newest first, failed ones too; every parameter narrows."""
        pages = Pages()
        rows = pages.paginate_queryset(_wanted(parameters(HistoryQuery, request)), request)
        return pages.get_paginated_response([presentation.transfer(row) for row in rows or []])

    @extend_schema(
        operation_id="clear_transfer_history",
        parameters=[CleanupQuery],
        responses={200: Cleared, **PROBLEMS},
        examples=[CLEARED],
    )
    def delete(self, request: Request) -> Response:
        """Delete ended attempts by age; versions, waiting and running imports stay."""
        query = parameters(CleanupQuery, request)
        days = query["days_to_keep"]
        cleared = cleanup.clear(days, actor_of(request), confirm=query["confirm"])
        return Response(presentation.cleared(cleared, days))


class TransferDetail(APIView):
    """One attempt to import."""

    permissions_needed: ClassVar = {"get": "transfers.view_transfer"}

    @extend_schema(
        operation_id="get_transfer",
        parameters=[_ID],
        responses={200: TransferShape, **PROBLEMS},
        examples=[RUNNING],
    )
    def get(self, request: Request, transfer_id: str) -> Response:
        """Its status, and for a queued one how far it is."""
        return Response(presentation.transfer(history.find(transfer_id)))


class TransferCancel(APIView):
    """End a queued import before it begins."""

    permissions_needed: ClassVar = {"post": "transfers.import_package"}

    @extend_schema(
        operation_id="cancel_transfer",
        request=None,
        parameters=[_ID],
        responses={200: TransferShape, **PROBLEMS},
        examples=[CANCELLED],
    )
    def post(self, request: Request, transfer_id: str) -> Response:
        """200 with the cancelled attempt; 409 `transfer_not_queued` once a worker has taken it up."""
        return Response(presentation.transfer(queue.cancel(history.find(transfer_id), actor_of(request))))


def _wanted(query: dict[str, Any]) -> QuerySet[Transfer]:
    return history.attempts(
        status=query["status"],
        source=query["source"],
        version=query["version"],
        search=query["search"],
        ordering=query["ordering"],
    )

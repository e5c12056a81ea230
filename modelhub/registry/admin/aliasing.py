"""The page where people set and remove a version's aliases."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from modelhub.api.problems import status_of
from modelhub.console.pages import actor
from modelhub.errors import ModelhubError
from modelhub.registry import aliases
from modelhub.registry.models import Alias, ModelVersion
from modelhub.registry.standing import CHAMPION, PREVIOUS

PERMISSION = "registry.add_deployment"
SUGGESTED = ("challenger", "shadow")


def edit_aliases(admin: Any, request: HttpRequest, version: ModelVersion) -> HttpResponse:
    """GET shows every alias of the model and a form; POST sets or removes one and comes back.

    What is refused is said on the same page with the status of its code. Raises PermissionDenied.
    """
    admin.demand(request, PERMISSION)
    if request.method != "POST":
        return _page(admin, request, version)
    name, reason = _text(request, "name", 200), _text(request, "reason", 2000)
    is_removal = "remove" in request.POST
    operate = aliases.remove_alias if is_removal else aliases.set_alias
    try:
        done = operate(version, name, actor(request), reason=reason)
    except ModelhubError as error:
        return _page(admin, request, version, error=error)
    _say(request, done, is_removal=is_removal)
    return redirect(reverse("admin:registry_modelversion_aliases", args=[version.pk]))


def _page(
    admin: Any, request: HttpRequest, version: ModelVersion, *, error: ModelhubError | None = None
) -> HttpResponse:
    rows = Alias.objects.filter(model=version.model_id).select_related("version__model")
    context = {
        "original": version,
        "title": f"Aliases of {version}",
        "version": version,
        "aliases": [(alias, alias.name in (CHAMPION, PREVIOUS)) for alias in rows],
        "suggested": SUGGESTED,
        "error": error,
        "name": _text(request, "name", 200),
        "reason": _text(request, "reason", 2000),
    }
    status = status_of(error.code) if error else 200
    return admin.page(request, "admin/console/aliases.html", context, status=status)  # type: ignore[no-any-return]


def _text(request: HttpRequest, name: str, most: int) -> str:
    # PostgreSQL refuses NUL, which a form can hold though no person types it.
    return request.POST.get(name, "").replace("\x00", "�").strip()[:most]


def _say(request: HttpRequest, done: aliases.Renaming, *, is_removal: bool) -> None:
    alias = f"{done.version.model.name}@{done.name}"
    if is_removal:
        messages.success(request, f"{alias} means nothing any more.")
    elif not done.changed:
        messages.info(request, f"Nothing to do: {alias} meant {done.version} already.")
    else:
        before = f" It meant {done.moved_from} before." if done.moved_from else ""
        messages.success(request, f"{alias} means {done.version} now.{before}")

"""The sign-in page of the admin: wrong passwords are counted by address, every result is recorded."""

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from modelhub.accounts import guessing, limits
from modelhub.actors import Actor, Channel
from modelhub.api import problems
from modelhub.api.addresses import address_of
from modelhub.audit import trail

UNKNOWN = "unknown user"


def login(request: HttpRequest) -> HttpResponse:
    """The theme's sign-in page; 429 with ``Retry-After`` after too many wrong passwords from an address."""
    if request.method != "POST":
        return admin.site.login(request)
    address = address_of(request)
    if seconds := guessing.must_wait(address):
        return _come_back(request, seconds)
    response = admin.site.login(request)
    if isinstance(response, HttpResponseRedirect):
        name = request.user.get_username()
        trail.record("login.done", name, Actor(name, Channel.ADMIN))
    elif response.status_code == 200:  # the form again; whatever is forged was answered 403
        name = _known_name(request.POST.get("username", ""))
        guessing.failed("login.failed", name, address, channel=Channel.ADMIN, detail="wrong name or password")
    return response


def _known_name(typed: str) -> str:
    """The name where a user has it; anything else might be a password typed into the wrong field."""
    if not typed.isprintable():
        return UNKNOWN
    return typed if User.objects.filter(username=typed[:150]).exists() else UNKNOWN


def _come_back(request: HttpRequest, seconds: float) -> HttpResponse:
    error = limits.throttled(seconds, "Too many wrong passwords from this address.")
    body = problems.from_error(error, instance=request.path) or {}
    response = render(request, "error.html", {"problem": body}, status=problems.status_of(error.code))
    response["Retry-After"] = str(error.facts["retry_after"])
    return response

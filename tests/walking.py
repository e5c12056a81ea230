"""Every address the hub answers, found by walking the resolver: what it is called, a path, its methods."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.regex_helper import normalize

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
EVERY_METHOD = (*METHODS, "HEAD", "OPTIONS")
API = "/api/v1/"
SAMPLES = ("x", "1")  # a label where the route takes one, else a number
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Address:
    """One route: ``template`` for people (``/models/{version}/deploy``), ``path`` to send a request to."""

    template: str
    path: str
    methods: tuple[str, ...]  # those it serves; all of them where the view does not say

    @property
    def operations(self) -> list[str]:
        """``POST /models/{version}/deploy`` …"""
        return [f"{method} {self.template}" for method in self.methods]


def addresses() -> list[Address]:
    """Every route of the project, in order."""
    return [_address(regex, pattern) for regex, pattern in _flat(get_resolver(), "")]


def api_addresses() -> list[Address]:
    """Those of the API, their templates without its prefix."""
    return [
        Address(one.template.removeprefix(API.rstrip("/")), one.path, one.methods)
        for one in addresses()
        if one.path.startswith(API)
    ]


def _flat(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        regex = prefix + str(pattern.pattern.regex.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern, regex)
        else:
            yield regex, pattern


def _address(regex: str, pattern: URLPattern) -> Address:
    path = "/" + normalize(regex.replace(r"\Z", "$").replace(r"[\s\S]", "."))[0][0]
    template = _PARAMETER.sub(r"{\1}", path)
    filled = [_PARAMETER.sub(sample, path) for sample in SAMPLES]
    known = [one for one in filled if re.fullmatch(regex.removesuffix(r"\Z").removesuffix("$"), one[1:])]
    return Address(template.rstrip("/") or "/", (known or filled)[0], _methods(pattern.callback))


def _methods(view: Any) -> tuple[str, ...]:
    if actions := getattr(view, "actions", None):
        return tuple(sorted(method.upper() for method in actions if method != "head"))
    shown = getattr(view, "cls", None)
    if shown is None:
        return METHODS
    return tuple(method for method in METHODS if hasattr(shown, method.lower()))

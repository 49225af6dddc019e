"""Calls of the API, declared: address, who may call, parameters, result and codes stand once, above what a call does.

    @call("tracker/group/update", right=Right.ADMIN)
    def update_group(call: UserCall, group: ListedGroup, title: Title, color: Color) -> None:
        \"\"\"Gives a group another title and color.\"\"\"

The sentence is the summary, the arguments are the parameters (`accounts/wire/signature.py`), and the fields that are
returned come beside `success`. Of this the request is read, and the description written (`config/reference/`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Concatenate, Generic, TypedDict, TypeVar, Unpack

from django.urls import URLPattern, re_path

from accounts.api.call import Answer, ApiCall, SpecialCall, UserCall, api_call
from accounts.models import SessionKind
from accounts.selectors import CredentialKind, session_for_hash
from accounts.wire import schema
from accounts.wire.description import CallSchema, Example, Needs, all_codes
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.rights import Right
from accounts.wire.signature import Signature, signature_of

Call = TypeVar("Call", bound=ApiCall)


class Details(TypedDict, total=False):
    """What a declaration says beside the address and who may call."""

    gives: schema.Fields
    """The result, beside `success`."""
    codes: tuple[int, ...]
    """Those that neither the credential, nor the right, nor what is looked for brings along."""
    media_types: tuple[str, ...]
    """Of the files that it answers with, where it is no JSON."""
    takes_file: str
    """What the part `file` of a form is."""
    takes: schema.Fields
    """Parameters that the function reads itself, from `call.parameters`."""
    also: str
    """Another address of the same call."""
    alias_of: str
    """The address of a call that does the same with parameters of other names."""
    second_right: Right
    """That is needed besides."""
    summary: str
    """Instead of the docstring, where it depends on settings."""
    example: Example


@dataclass(frozen=True, slots=True)
class DeclaredCall:
    """A call: how it is carried out, and its descriptions, one for each address."""

    function: Callable[..., Answer | None]
    admit: Callable[[ApiCall], ApiCall]
    signature: Signature
    schemas: tuple[CallSchema, ...]

    def answer(self, request: ApiCall) -> Answer:
        """The fields of success, or what is written while it is read.

        Clients see in the code what is asked first: who calls (3, 4), the right (13), every parameter (7), what is
        there and may be used.
        """
        call = self.admit(request)
        values = self.signature.read(call.parameters)
        return self.function(call, **self.signature.find(call.caller, values)) or {}

    @property
    def urls(self) -> list[URLPattern]:
        """The addresses; a slash at the end makes no difference."""
        routes = [one.route for one in self.schemas]
        view = api_call(self.answer, routes[0])
        return [re_path(rf"^{route}/?$", view, name=route.replace("/", "-")) for route in routes]


Function = Callable[Concatenate[Call, ...], Answer | None]


@dataclass(frozen=True, slots=True)
class Door(Generic[Call]):
    """Who may make a call, and what the function is given for it."""

    needs: Needs
    admit: Callable[[ApiCall], Call]
    right: Right | None = None
    codes: tuple[int, ...] = ()

    def declare(self, route: str, details: Details) -> Callable[[Function[Call]], DeclaredCall]:
        def declared(function: Function[Call]) -> DeclaredCall:
            signature = signature_of(function, skipping=1)
            schemas = tuple(self._describe(function, signature, route, details))
            return DeclaredCall(function, self.admit, signature, schemas)

        return declared

    def _describe(
        self, function: Function[Call], signature: Signature, route: str, details: Details
    ) -> Iterator[CallSchema]:
        own_codes = {*self.codes, *signature.codes, *details.get("codes", ())}
        one = CallSchema(
            route=route,
            summary=details.get("summary") or _summary(function),
            parameters={**signature.fields, **details.get("takes", {})},
            result=details.get("gives", {}),
            media_types=details.get("media_types", ()),
            needs=self.needs,
            right=self.right,
            second_right=details.get("second_right"),
            codes=all_codes(own_codes, self.needs, self.right),
            alias_of=details.get("alias_of"),
            example=details.get("example"),
            file=details.get("takes_file"),
        )
        yield one
        if "also" in details:
            yield replace(one, route=details["also"], alias_of=route)


def _summary(function: Callable[..., Any]) -> str:
    """The first paragraph of the docstring, as one line."""
    return " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())


def call(
    route: str, *, right: Right | None = None, **details: Unpack[Details]
) -> Callable[[Function[UserCall]], DeclaredCall]:
    """Declares a call for whoever has a session or an API key, and the rights, if any are needed."""
    needed = {right, details.get("second_right")} - {None}

    def admit(request: ApiCall) -> UserCall:
        principal = request.principal()
        if not needed <= principal.rights:
            raise ApiError(ErrorCode.NOT_PERMITTED)
        return UserCall.of(request, principal)

    return Door(Needs.LOGIN, admit, right).declare(route, details)


def open_call(route: str, **details: Unpack[Details]) -> Callable[[Function[ApiCall]], DeclaredCall]:
    """Declares a call that needs no credential."""
    return Door(Needs.NOTHING, lambda request: request).declare(route, details)


def session_call(
    route: str, *, of_masters: bool = False, **details: Unpack[Details]
) -> Callable[[Function[UserCall]], DeclaredCall]:
    """Declares a call that needs a session, and is no use to API keys; `of_masters`: nor to sub-users (api §7.15)."""

    def admit(request: ApiCall) -> UserCall:
        principal = request.principal()
        if principal.kind is not CredentialKind.SESSION:
            raise ApiError(ErrorCode.SESSION_ENDED)
        if of_masters and not principal.is_master:
            raise ApiError(ErrorCode.NOT_PERMITTED)
        return UserCall.of(request, principal)

    return Door(Needs.SESSION, admit, codes=(13,) if of_masters else ()).declare(route, details)


def special_call(
    route: str, kind: SessionKind, **details: Unpack[Details]
) -> Callable[[Function[SpecialCall]], DeclaredCall]:
    """Declares a call that sessions of one kind are for (api §2.8)."""

    def admit(request: ApiCall) -> SpecialCall:
        return SpecialCall.of(request, session_for_hash(request.credential, kind))

    return Door(Needs.SPECIAL, admit).declare(route, details)


def calls_in(modules: Iterable[ModuleType]) -> Iterator[DeclaredCall]:
    """The calls that modules declare, in their order."""
    for module in modules:
        found = (one for one in vars(module).values() if isinstance(one, DeclaredCall))
        yield from (one for one in found if one.function.__module__ == module.__name__)

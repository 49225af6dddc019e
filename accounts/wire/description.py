"""Calls as programs can read them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from accounts.wire.errors import ErrorCode
from accounts.wire.rights import Right
from accounts.wire.schema import Fields

EXAMPLE_HASH = "0123456789abcdef0123456789abcdef"


class Needs(StrEnum):
    """What credential a call asks for."""

    NOTHING = "nothing"
    LOGIN = "a session or an API key"
    SESSION = "a session (an API key gets 4)"
    PANEL = "a session of the panel"
    SPECIAL = "a session of a special kind (any other hash gets 4)"


@dataclass(frozen=True, slots=True)
class Example:
    """What one might send, without the credential, and what comes back beside `success`."""

    parameters: Mapping[str, Any]
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CallSchema:
    """A call of the HTTP API as a program can read it."""

    route: str
    summary: str
    parameters: Fields
    result: Fields
    """Beside `success`."""
    media_types: tuple[str, ...]
    """Of the files that come instead of JSON."""
    needs: Needs
    right: Right | None
    codes: tuple[ErrorCode, ...]
    """All that it may answer, those that every call may answer among them."""
    alias_of: str | None
    """The route that does the same."""
    example: Example | None
    second_right: Right | None = None
    """That is needed besides."""
    file: str | None = None
    """What it takes as the part `file` of a form, if it takes one."""

    @property
    def moves_files(self) -> bool:
        """Whether it is about files, which JSON cannot hold."""
        return self.file is not None or bool(self.media_types)


_BY_NUMBER = {int(code): code for code in ErrorCode}
EVERYWHERE = (
    ErrorCode.DATABASE_ERROR,
    ErrorCode.WRONG_FORMAT,
    ErrorCode.UNEXPECTED,
    # Of `iso_datetime`, if of nothing else.
    ErrorCode.INVALID_PARAMETERS,
    ErrorCode.TOO_LARGE,
    ErrorCode.DATABASE_UNAVAILABLE,
    ErrorCode.TOO_MANY_REQUESTS,
)


def all_codes(own: Iterable[int], needs: Needs, right: Right | None) -> tuple[ErrorCode, ...]:
    """In order: a call's own, those of the credential and the right, and those of every call."""
    codes = {*EVERYWHERE, *(_BY_NUMBER[code] for code in own)}
    if needs is not Needs.NOTHING:
        codes |= {ErrorCode.WRONG_HASH, ErrorCode.SESSION_ENDED}
    if right is not None:
        codes.add(ErrorCode.NOT_PERMITTED)
    return tuple(sorted(codes))

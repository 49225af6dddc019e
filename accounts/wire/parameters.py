"""A call's parameters: JSON, form fields or query values, read by the same rules (api §1.2, §1.5)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from accounts.wire.characters import refuse_unprintable, refuse_unseen
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter

MAX_ID = 2**63 - 1
_INTEGER = re.compile(r"\s*-?\d+\s*")
_NUMBER = re.compile(r"\s*-?\d+(\.\d+)?([eE][+-]?\d{1,2})?\s*")
MAX_NUMBER_LENGTH = 40

Value = TypeVar("Value", covariant=True)


class Reader(Protocol[Value]):
    """What makes a value of what was sent, or raises ApiError 7 in the parameter's name."""

    def read(self, name: str, value: Any, /) -> Value: ...


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises ApiError WRONG_FORMAT for anything that is not JSON: also for NaN and infinity, for nesting beyond Python's
    depth, for bad UTF-8.
    """
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_read_float)
    except (ValueError, RecursionError) as error:
        raise ApiError(ErrorCode.WRONG_FORMAT) from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _read_float(digits: str) -> float:
    """A number beyond the range would become infinite, which no answer can repeat."""
    number = float(digits)
    if math.isinf(number):
        raise ValueError("a number is beyond the range")
    return number


class Parameters:
    """Named values as they were sent; null is as good as absent. Errors name a member by its place: `user.login`."""

    def __init__(self, values: Mapping[str, Any], *, place: str = "") -> None:
        self._values = values
        self._prefix = f"{place}." if place else ""

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def says(self, name: str) -> bool:
        """Whether the parameter is there, be it null."""
        return name in self._values

    def read(self, name: str, term: Reader[Value], *, default: Value | None = None) -> Value:
        """The parameter as the term reads it.

        Raises ApiError INVALID_PARAMETERS when it is missing, without a default.
        """
        value = self._values.get(name)
        if value is not None:
            return term.read(self._prefix + name, value)
        if default is None:
            raise invalid_parameter(self._prefix + name, "must not be null")
        return default


def is_blank(value: Any) -> bool:
    """Whether it is null, nothing or blanks alone."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_text(name: str, value: Any, *, max_length: int, trim: bool = True) -> str:
    """`value` as `check_text` has it; a number is read as its digits."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    return check_text(name, value, max_length=max_length, trim=trim)


def check_boolean(name: str, value: Any) -> bool:
    """`value` as true or false; either as text, in any case, is accepted. Raises ApiError INVALID_PARAMETERS."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise invalid_parameter(name, "must be true or false")
    return value


def check_number(name: str, value: Any) -> int | float:
    """`value` as a number; its digits as text are accepted. Raises ApiError INVALID_PARAMETERS."""
    if isinstance(value, str) and len(value) <= MAX_NUMBER_LENGTH and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid_parameter(name, "must be a number")
    return value


def check_document(name: str, value: Any) -> dict[str, Any]:
    """`value` as a JSON object; one as text is accepted. Raises ApiError INVALID_PARAMETERS."""
    document = _parsed(name, value, "must be an object")
    if not isinstance(document, dict):
        raise invalid_parameter(name, "must be an object")
    return document


def check_items(name: str, value: Any) -> list[Any]:
    """`value` as a list; a JSON list as text is accepted. Raises ApiError INVALID_PARAMETERS."""
    items = _parsed(name, value, "must be a list")
    if not isinstance(items, list):
        raise invalid_parameter(name, "must be a list")
    return items


def _parsed(name: str, value: Any, refusal: str) -> Any:
    try:
        return parse_json(value) if isinstance(value, str) else value
    except ApiError as error:
        raise invalid_parameter(name, refusal) from error


def check_integer(name: str, value: Any) -> int:
    """`value` as a 64-bit integer; its digits as text are accepted. Raises ApiError INVALID_PARAMETERS."""
    if isinstance(value, str) and len(value) <= 20 and _INTEGER.fullmatch(value):
        value = int(value.strip())  # which leaves out what `int` stumbles over: separators such as \x1f
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_parameter(name, "must be an integer")
    if abs(value) > MAX_ID:
        raise invalid_parameter(name, "must fit into 64 bits")
    return value


def check_text(name: str, value: Any, *, max_length: int, trim: bool = True) -> str:
    """`value` as text of 1 to `max_length` characters, each of which can be seen (api §1.5). Raises ApiError
    INVALID_PARAMETERS.

    One that is not to be trimmed is a password, which nobody is shown: it may have what cannot be seen.
    """
    if not isinstance(value, str):
        raise invalid_parameter(name, "must be a string")
    if (refusal := refuse_unseen(value) if trim else refuse_unprintable(value)) is not None:
        raise invalid_parameter(name, refusal)
    text: str = value.strip() if trim else value
    if not 1 <= len(text) <= max_length:
        raise invalid_parameter(name, f"must have 1 to {max_length} characters")
    return text

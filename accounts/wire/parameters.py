"""A call's parameters: JSON, form fields or query values, read by the same rules (api §1.2, §1.5)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, TypeVar

from accounts.wire.characters import refuse_unprintable, refuse_unseen
from accounts.wire.errors import ApiError, ErrorCode, ParameterError, invalid_parameter

MAX_ID = 2**63 - 1
_INTEGER = re.compile(r"\s*-?\d+\s*")
_NUMBER = re.compile(r"\s*-?\d+(\.\d+)?([eE][+-]?\d{1,2})?\s*")
MAX_NUMBER_LENGTH = 40

Choice = TypeVar("Choice", bound=StrEnum)


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises ApiError 5 for anything that is not JSON: also for NaN and infinity, for nesting beyond Python's depth, for
    bad UTF-8.
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
    """Named values with readers by type. Numbers, booleans and lists are accepted as text, too.

    Every reader raises ApiError 7, naming the parameter, when the value is missing without a default or is not of
    the type.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str, default: str | None = None, *, max_length: int = 255, trim: bool = True) -> str:
        """A string of printable characters; a number is read as its digits."""
        value = self._value(name, default)
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        return check_text(name, value, max_length=max_length, trim=trim)

    def says(self, name: str) -> bool:
        """Whether the parameter is there, be it null."""
        return name in self._values

    def text_or_blank(self, name: str, *, max_length: int) -> str:
        """A string as `text` reads it; null, nothing and blanks alone are the empty one."""
        value = self._values.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return ""
        return self.text(name, max_length=max_length)

    def integer(self, name: str, default: int | None = None) -> int:
        return check_integer(name, self._value(name, default))

    def integer_within(self, name: str, least: int, most: int) -> int:
        """An integer from `least` to `most`."""
        number = self.integer(name)
        if not least <= number <= most:
            raise invalid_parameter(name, f"must be from {least} to {most}")
        return number

    def number_within(self, name: str, least: float, most: float) -> float:
        """A number from `least` to `most`; its digits as text are accepted."""
        value = self._value(name, None)
        if isinstance(value, str) and len(value) <= MAX_NUMBER_LENGTH and _NUMBER.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid_parameter(name, "must be a number")
        if not least <= value <= most:
            raise invalid_parameter(name, f"must be from {least:g} to {most:g}")
        return float(value)

    def choice(self, name: str, choices: type[Choice]) -> Choice:
        """One of the values of an enumeration."""
        return _check_choice(name, self._value(name, None), choices)

    def choices(self, name: str, choices: type[Choice]) -> tuple[Choice, ...]:
        """A list of different values of an enumeration, which may be empty."""
        found = tuple(_check_choice(name, item, choices) for item in self._items(name, may_be_empty=True))
        if len(set(found)) < len(found):
            raise invalid_parameter(name, "must not repeat an item")
        return found

    def document(self, name: str) -> dict[str, Any]:
        """A JSON object; one as text counts, too."""
        value = self._value(name, None)
        if isinstance(value, str):
            try:
                value = parse_json(value)
            except ApiError as error:
                raise invalid_parameter(name, "must be an object") from error
        if not isinstance(value, dict):
            raise invalid_parameter(name, "must be an object")
        return value

    def boolean(self, name: str, default: bool | None = None) -> bool:
        value = self._value(name, default)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if not isinstance(value, bool):
            raise invalid_parameter(name, "must be true or false")
        return value

    def integers(self, name: str) -> tuple[int, ...]:
        """A list of integers that is not empty; a JSON list as text counts as one."""
        items = self._items(name)
        return tuple(check_integer(name, item) for item in items)

    def texts(self, name: str, *, max_items: int, max_length: int) -> tuple[str, ...]:
        """A list of 1 to `max_items` different strings of printable characters."""
        items = self._items(name)
        if len(items) > max_items:
            raise invalid_parameter(name, f"must have at most {max_items} items")
        texts = tuple(check_text(name, item, max_length=max_length) for item in items)
        if len(set(texts)) < len(texts):
            raise invalid_parameter(name, "must not repeat an item")
        return texts

    def _value(self, name: str, default: Any) -> Any:
        value = self._values.get(name)
        if value is None:
            value = default
        if value is None:
            raise invalid_parameter(name, "must not be null")
        return value

    def _items(self, name: str, *, may_be_empty: bool = False) -> list[Any]:
        value = self._value(name, None)
        if isinstance(value, str):
            try:
                value = parse_json(value)
            except ApiError as error:
                raise invalid_parameter(name, "must be a list") from error
        if not isinstance(value, list):
            raise invalid_parameter(name, "must be a list")
        if not value and not may_be_empty:
            raise invalid_parameter(name, "must not be empty")
        return value


@contextmanager
def below(name: str) -> Iterator[None]:
    """Lets an ApiError 7 name what is wrong in an object by its place: `user.login`."""
    try:
        yield
    except ApiError as error:
        raise ApiError(
            error.code, [ParameterError(f"{name}.{one.parameter}", one.error) for one in error.errors]
        ) from error


def _check_choice(name: str, value: Any, choices: type[Choice]) -> Choice:
    found = next((choice for choice in choices if choice.value == value), None)
    if found is None:
        raise invalid_parameter(name, f"must be one of: {', '.join(choices)}")
    return found


def check_integer(name: str, value: Any) -> int:
    """`value` as a 64-bit integer; its digits as text are accepted. Raises ApiError 7."""
    if isinstance(value, str) and len(value) <= 20 and _INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid_parameter(name, "must be an integer")
    if abs(value) > MAX_ID:
        raise invalid_parameter(name, "must fit into 64 bits")
    return value


def check_text(name: str, value: Any, *, max_length: int, trim: bool = True) -> str:
    """`value` as text of 1 to `max_length` characters, each of which can be seen (api §1.5). Raises ApiError 7.

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

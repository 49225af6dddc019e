"""JSON bodies: decoded, and checked against the shape that a way in declares. Pure."""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

import msgspec

from trackers.reports.report import ReportError

Shape = TypeVar("Shape")

_NOT_JSON = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*?)`")
_REASON_AND_PATH = re.compile(r"(?P<reason>.*?)(?: - at `\$(?P<path>.*)`)?", re.DOTALL)


_array_decoder = msgspec.json.Decoder(list[msgspec.Raw])


def decode_json(body: bytes | msgspec.Raw) -> Any:
    """The JSON value in a body. Raises ReportError for anything else, and for numbers that nobody can mean."""
    try:
        return msgspec.json.decode(body)
    except _NOT_JSON as error:
        raise ReportError("body", f"is not JSON: {error}") from error


def decode_loosely(body: bytes) -> Any:
    """The JSON value in a body whose writer may be careless: what JSON has no number for is a text.

    Raises ReportError.
    """
    try:
        return msgspec.json.decode(body)
    except _NOT_JSON as error:
        try:
            document = json.loads(body, parse_constant=str, parse_float=_finite)
            # Halves of characters, which cannot be stored, become question marks.
            return msgspec.json.decode(json.dumps(document, ensure_ascii=False).encode(errors="replace"))
        except (*_NOT_JSON, ValueError):
            raise ReportError("body", f"is not JSON: {error}") from error


def _finite(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def decode_array(body: bytes) -> list[msgspec.Raw]:
    """The elements of a JSON array, not yet decoded. Raises ReportError for anything else."""
    try:
        return _array_decoder.decode(body)
    except _NOT_JSON as error:
        raise ReportError("body", f"is not a JSON array: {error}") from error


def read_shape(document: Any, shape: type[Shape]) -> Shape:
    """The document as a `shape`, whose unknown members are left out.

    Raises ReportError, naming the member, for a value that is missing, of another type or out of range.
    """
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise _report_error(str(error)) from error


def _report_error(text: str) -> ReportError:
    match = _REASON_AND_PATH.fullmatch(text)
    assert match is not None  # the pattern takes any text
    path = (match["path"] or "").lstrip(".")
    if missing := _MISSING.fullmatch(match["reason"]):
        return ReportError(f"{path}.{missing['name']}".lstrip("."), "is missing")
    return ReportError(path or "body", match["reason"])

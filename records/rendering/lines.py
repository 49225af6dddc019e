"""A record as a line of a file: cells by the names that the API has for them, as `location.lat`. Pure.

What a record names is told by a word that people know: a tracker by its device's id, a department by its label.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime, tzinfo
from typing import Any, get_type_hints

from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.errors import ApiError, ErrorCode, ParameterError
from accounts.wire.signature import bare_type
from records.rendering.documents import sent

Value = str | int | float | None
_GERMAN_DAY = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_PLACE = "line"


@dataclass(frozen=True, slots=True)
class Column:
    """A cell, and the member of the document that it holds."""

    name: str
    path: tuple[str, ...]
    kind: Any
    names: str = ""
    """What it names: `tracker`, `tags`; empty: it is a value."""


class LineForm:
    """How documents of a type are written as lines and read from them."""

    def __init__(self, made: type[Any]) -> None:
        self.made = made
        self._term = sent(made)
        self.columns = list(_columns(made))
        self.names = [column.name for column in self.columns]

    def cells(self, document: Any, name_of: Callable[[str, int], str]) -> dict[str, Value]:
        """A document, or the JSON of one, as cells; `name_of` tells the word for an id."""
        return {one.name: _cell(one, _member(document, one.path), name_of) for one in self.columns}

    def read(self, cells: Mapping[str, str], id_of: Callable[[str, str], int], zone: tzinfo) -> Any:
        """The document of a line; `id_of` tells the id of a word, or raises ValueError with what is wrong. Dates that
        name no zone are in `zone`.

        Raises ApiError INVALID_PARAMETERS, with columns as parameters.
        """
        sent: dict[str, Any] = {}
        errors = []
        for column in self.columns:
            try:
                value = _value(column, cells.get(column.name, ""), id_of, zone)
            except ValueError as error:
                errors.append(ParameterError(column.name, str(error)))
            except ApiError as error:
                errors.extend(error.errors)
            else:
                _put(sent, column.path, value)
        if errors:
            raise ApiError(ErrorCode.INVALID_PARAMETERS, errors)
        return self._made(sent)

    def _made(self, sent: dict[str, Any]) -> Any:
        try:
            return self._term.read(_PLACE, sent)
        except ApiError as error:
            raise ApiError(error.code, [self._of_column(one) for one in error.errors]) from error

    def _of_column(self, error: ParameterError) -> ParameterError:
        name = error.parameter.removeprefix(f"{_PLACE}.")
        column = next((one.name for one in self.columns if ".".join(one.path) == name), name)
        return ParameterError(column, error.error)


def _columns(made: type[Any], *above: str) -> Iterator[Column]:
    for name, hint in get_type_hints(made, include_extras=True).items():
        kind, path = bare_type(hint), (*above, name)
        if is_dataclass(kind):
            yield from _columns(kind, *path)  # type: ignore[arg-type]
        elif name == "tags" or (name.endswith("_id") and kind is int):
            shown = name.removesuffix("_id")
            yield Column(".".join((*above, shown)), path, kind, shown)
        else:
            yield Column(".".join(path), path, kind)


def _member(document: Any, path: Sequence[str]) -> Any:
    for name in path:
        if document is None:
            return None
        document = document.get(name) if isinstance(document, Mapping) else getattr(document, name)
    return document


def _cell(column: Column, value: Any, name_of: Callable[[str, int], str]) -> Value:
    if column.kind is bool:
        return "true" if value else "false"
    if value is None or value == ():
        return ""
    if column.names and column.names != "tags":
        return name_of(column.names, value)
    if isinstance(value, list | tuple):
        return _joined([name_of("tags", one) if column.names else str(one) for one in value])
    return value.isoformat() if isinstance(value, date | datetime) else value


def _value(column: Column, cell: str, id_of: Callable[[str, str], int], zone: tzinfo) -> Any:
    """What is sent for a cell; None for an empty one."""
    if not cell:
        return None
    if column.names == "tags":
        return [id_of("tags", one) for one in _several(cell)]
    if column.names:
        return id_of(column.names, cell)
    if column.kind is datetime:
        return moment_of(column.name, GIVEN_DATE.read(column.name, cell), zone).isoformat()
    if column.kind is float:
        return cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell
    return _READ[column.kind](cell) if column.kind in _READ else cell


def _flag(text: str) -> bool:
    if text.casefold() not in _FLAGS:
        raise ValueError("must be true or false")
    return _FLAGS[text.casefold()]


def _day(text: str) -> str:
    found = _GERMAN_DAY.fullmatch(text)
    return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}" if found else text


def _put(sent: dict[str, Any], path: Sequence[str], value: Any) -> None:
    if value is None:
        return
    for name in path[:-1]:
        sent = sent.setdefault(name, {})
    sent[path[-1]] = value


def _joined(words: Sequence[str]) -> str:
    """Words with commas between them; one that has a comma itself stands in quotation marks."""
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow(words)
    return file.getvalue()


def _several(cell: str) -> list[str]:
    try:
        words = next(csv.reader([cell], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise ValueError("must be words with commas between them") from error
    return [word.strip() for word in words if word.strip()]


_READ: dict[Any, Callable[[str], Any]] = {bool: _flag, date: _day, tuple[str, ...]: _several}

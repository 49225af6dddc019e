"""A record as one JSON object: declared once as a dataclass, and described, read and written by that. Pure.

A field whose default is None may be null; one whose default is "" may be left out and comes back as "".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from accounts.wire.errors import invalid_parameter
from accounts.wire.schema import Fields, Optional, list_of, nullable, open_object, record, said
from accounts.wire.signature import signature_of
from accounts.wire.terms import DAY, ID, Schema, Term, between, line, shaped, text

Made = TypeVar("Made")
MAX_TAGS = 50
MAX_RADIUS_M = 300_000
ICON: dict[str, Schema | Optional] = {
    "icon_id": said(nullable(ID), "always null"),
    "avatar_file_name": said(nullable(text()), "always null"),
}


def _read_day(name: str, value: Any) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(DAY["pattern"][1:-1], value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise invalid_parameter(name, "must be a date as 2024-05-02")


def _different(name: str, items: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(items))


GIVEN_DAY = Term(DAY, _read_day)
TAGS = said(list_of(ID, most=MAX_TAGS), "ids of tags").then(_different)
Tags = Annotated[tuple[int, ...], TAGS]
Day = Annotated[date | None, GIVEN_DAY]
COLOR = said(shaped("^[0-9A-Fa-f]{6}$", "six hex digits", most=6), "red, green and blue, as 1E96DC")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place on the map."""

    lat: Annotated[float, between(-90.0, 90.0), "degrees"]
    lng: Annotated[float, between(-180.0, 180.0), "degrees"]
    address: Annotated[str, line(255)] = ""

    @property
    def radius_m(self) -> int | None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A circle on the map."""

    lat: Annotated[float, between(-90.0, 90.0), "degrees"]
    lng: Annotated[float, between(-180.0, 180.0), "degrees"]
    address: Annotated[str, line(255)] = ""
    radius: Annotated[int, between(1, MAX_RADIUS_M), "metres"] = 100

    @property
    def radius_m(self) -> int | None:
        return self.radius


def sent(made: type[Made]) -> Term[Made]:
    """A document as a client sends it; null is as good as nothing."""
    signature = signature_of(made)
    return open_object(_or_null(signature.fields)).then(lambda name, given: made(**signature.read(given)))


def _or_null(members: Fields) -> Fields:
    return {name: Optional(nullable(one.schema)) if isinstance(one, Optional) else one for name, one in members.items()}


SPOT, AREA = sent(Spot), sent(Area)


@dataclass(frozen=True, slots=True)
class Known(Generic[Made]):
    """A document that names the record that it is put in the place of."""

    id: int
    document: Made


def known(made: type[Made]) -> Term[Known[Made]]:
    """A document with the `id` of a record."""
    signature = signature_of(made)
    whole = open_object({"id": ID, **_or_null(signature.fields)})
    return whole.then(lambda name, given: Known(given.read("id", ID), made(**signature.read(given))))


def described(name: str, made: type[Any], /, **more: Schema | Optional) -> Schema:
    """The record as clients read it: the document, its id, and what else it tells."""
    arguments = signature_of(made).arguments
    shown = {
        key: _as_shown(one, may_be_null=field.default is None)
        for field in fields(made)
        for key, one in arguments[field.name].fields()
    }
    return record(name, id=ID, **shown, **more)


def _as_shown(field: Schema | Optional, *, may_be_null: bool) -> Schema:
    schema = field.schema if isinstance(field, Optional) else field
    return nullable(schema) if may_be_null else schema


def render(row: Any, made: type[Any], /, **more: Any) -> dict[str, Any]:
    """A row as a document, by the names of the dataclass, and what else is told of it."""
    shown = {field.name: _value(row, field.name, may_be_null=field.default is None) for field in fields(made)}
    return {"id": row.pk, **shown, **more}


def _value(row: Any, name: str, *, may_be_null: bool) -> Any:
    if name == "tags":
        return [tag.pk for tag in row.tags.all()]
    value = getattr(row, name)
    if isinstance(value, date):
        return value.isoformat()
    return None if value == "" and may_be_null else value


def columns_of(made: Any) -> dict[str, Any]:
    """The values of a document by the columns they go to; tags are no column."""
    columns = {field.name: getattr(made, field.name) for field in fields(made) if field.name != "tags"}
    if "location" in columns:
        columns |= _columns_of_location(columns.pop("location"))
    return columns


def _columns_of_location(location: Spot | Area | None) -> dict[str, Any]:
    if location is None:
        return {"latitude": None, "longitude": None, "address": "", "radius_m": None}
    return {
        "latitude": location.lat,
        "longitude": location.lng,
        "address": location.address,
        "radius_m": location.radius_m,
    }

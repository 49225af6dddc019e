"""Posts as their receivers want them: fields of an alert in a URL and a body that the owner wrote (alerts §6.4). Pure.

No field can change what it is put into: JSON and forms are read as such first, and fields are put into their texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from accounts.wire.dates import format_date
from alerts.rendering.posts import MAX_BODY_BYTES

MAX_TEMPLATE_LENGTH = 4096
# Of a field in a URL, before it is encoded, and of the URL then.
MAX_LENGTH_IN_URL = 200
MAX_RENDERED_URL = 8192

Value = str | int | float | bool | None
_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class PostFormat(StrEnum):
    """What a post is, by the word of the API."""

    OWN = "fleetsphere"
    JSON = "json"
    FORM = "form"
    TEXT = "text"


CONTENT_TYPES = {
    PostFormat.OWN: "application/json",
    PostFormat.JSON: "application/json",
    PostFormat.FORM: "application/x-www-form-urlencoded",
    PostFormat.TEXT: "text/plain; charset=utf-8",
}


class TemplateError(Exception):
    """A template cannot be used: which part of the webhook it is, and why."""

    def __init__(self, part: str, reason: str) -> None:
        super().__init__(reason)
        self.part, self.reason = part, reason


@dataclass(frozen=True, slots=True)
class Composed:
    """A post as it is sent."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class PostTemplate:
    """The URL and the body of a webhook's posts, with fields as `{{label}}` in them."""

    url: str
    format: PostFormat = PostFormat.OWN
    body: str = ""

    def check(self) -> None:
        """Raises TemplateError for what could not be sent."""
        if self.format is PostFormat.OWN and self.body:
            raise TemplateError("template", "needs a format: json, form or text")
        if "{{" in urlsplit(self.url).netloc:
            raise TemplateError("url", "must not have fields in the name of the host")
        sample = fields_of(SAMPLE, SAMPLE_ZONE, "https://fleet.example/")
        self.compose("{}", sample)

    def compose(self, document: str, fields: Mapping[str, Value]) -> Composed:
        """The post with these fields; `document` is what is sent without a template. Raises TemplateError."""
        body = document if self.format is PostFormat.OWN else _BODIES[self.format](self.body, fields)
        try:
            sent = body.encode()
        except UnicodeEncodeError as error:
            raise TemplateError("template", "has characters that cannot be sent") from error
        if len(sent) > MAX_BODY_BYTES:
            raise TemplateError("template", f"makes a post of more than {MAX_BODY_BYTES} bytes")
        return Composed(_url(self.url, fields), CONTENT_TYPES[self.format], sent)


def fields_of(document: Mapping[str, Any], zone: tzinfo, link: str) -> dict[str, Value]:
    """What a template may name, of the document of an alert; `time` is by the clock of `zone`."""
    entry, tracker, rule = document["data"], document["tracker"], document["rule"]
    location, extra = entry["location"] or {}, entry["extra"]
    latitude, longitude = location.get("lat"), location.get("lng")
    message = extra.get("full_message", entry["message"])
    return {
        "id": entry["id"],
        "event": entry["event"],
        "label": tracker["label"],
        "tracker_id": tracker["id"],
        "message": message.removeprefix(f"{tracker['label']}: "),
        "rule": rule["name"],
        "zones": ", ".join(extra.get("zone_labels", ())),
        "time": format_date(datetime.fromisoformat(entry["time"]), zone, iso=False),
        "time_utc": entry["time"],
        "latitude": latitude,
        "longitude": longitude,
        "place": "" if latitude is None else f"{latitude:.5f}, {longitude:.5f}",
        "emergency": extra["emergency"],
        "priority": 5 if extra["emergency"] else 3,
        "link": link,
    }


SAMPLE = {
    "data": {
        "id": 90233,
        "event": "inzone",
        "message": 'Van "12": came to the depot',
        "time": "2024-05-02T06:15:05Z",
        "location": {"lat": 47.49811, "lng": 19.03992},
        "extra": {"emergency": False, "zone_labels": ["Depot"]},
    },
    "tracker": {"id": 7001, "label": 'Van "12"'},
    "rule": {"name": "Depot gate"},
}
SAMPLE_ZONE = timezone(timedelta(hours=2))
FIELDS = tuple(fields_of(SAMPLE, SAMPLE_ZONE, ""))


def _url(template: str, fields: Mapping[str, Value]) -> str:
    def encode(value: Value) -> str:
        # Dots alone would lead to another folder of the receiver.
        return quote(_as_text(value)[:MAX_LENGTH_IN_URL].lstrip("."), safe="")

    url = _filled("url", template, fields, encode)
    if len(url) > MAX_RENDERED_URL:
        raise TemplateError("url", f"makes an address of more than {MAX_RENDERED_URL} characters")
    return url


def _json(template: str, fields: Mapping[str, Value]) -> str:
    try:
        filled = _filled_json(json.loads(template, parse_constant=_refuse_constant), fields)
        return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))
    except json.JSONDecodeError as error:
        raise TemplateError(
            "template", f"is not JSON: {error.msg}, line {error.lineno}, column {error.colno}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise TemplateError("template", "is not JSON that can be sent") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _filled_json(value: Any, fields: Mapping[str, Value]) -> Any:
    match value:
        case str() if (alone := _FIELD.fullmatch(value)) is not None:
            return _field("template", alone[1], fields)
        case str():
            return _filled("template", value, fields, _as_text)
        case list():
            return [_filled_json(item, fields) for item in value]
        case dict():
            return {name: _filled_json(item, fields) for name, item in value.items()}
    return value


def _form(template: str, fields: Mapping[str, Value]) -> str:
    try:
        pairs = parse_qsl(template.strip(), keep_blank_values=True, strict_parsing=True) if template.strip() else []
    except ValueError as error:
        raise TemplateError(
            "template", "is not a form: write name=value&name=value, with & as %26 in values"
        ) from error
    return urlencode([(name, _filled("template", value, fields, _as_text)) for name, value in pairs])


def _text(template: str, fields: Mapping[str, Value]) -> str:
    return _filled("template", template, fields, lambda value: _CONTROL.sub(" ", _as_text(value)))


_BODIES: dict[PostFormat, Callable[[str, Mapping[str, Value]], str]] = {
    PostFormat.JSON: _json,
    PostFormat.FORM: _form,
    PostFormat.TEXT: _text,
}


def _filled(part: str, template: str, fields: Mapping[str, Value], write: Callable[[Value], str]) -> str:
    return "".join(_pieces(part, template, fields, write))


def _pieces(part: str, template: str, fields: Mapping[str, Value], write: Callable[[Value], str]) -> Iterator[str]:
    end = 0
    for found in _FIELD.finditer(template):
        yield _plain(part, template[end : found.start()])
        yield write(_field(part, found[1], fields))
        end = found.end()
    yield _plain(part, template[end:])


def _plain(part: str, text: str) -> str:
    if "{{" in text:
        raise TemplateError(part, "has {{ without a field and }} after it")
    return text


def _field(part: str, name: str, fields: Mapping[str, Value]) -> Value:
    if name not in fields:
        raise TemplateError(part, f"has no field {name[:50]}; there are: {', '.join(fields)}")
    return fields[name]


def _as_text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)

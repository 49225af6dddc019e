"""The ways in over HTTP: what a request brings, and what its sender is told (api §6). Pure."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from http import HTTPStatus
from urllib.parse import unquote

import msgspec

from trackers.reports import ngp, osmand, overland, owntracks, traccar
from trackers.reports.outcome import Outcome
from trackers.reports.report import Report, ReportError

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
MAX_FIELDS = 1000
# What a phone sends as a form is short (api §6.2); batches and the other ways in have the limit of the settings.
MAX_OSMAND_BODY = 64 * 1024


class Answer(msgspec.Struct, frozen=True):
    """What the sender is told. Devices look at the status; people at the text."""

    status: HTTPStatus
    text: str = ""
    content_type: str = TEXT
    headers: Mapping[str, str] = {}


class RefusedRequest(Exception):
    """A request of which nothing can be stored."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.text)
        self.answer = answer


class IngestRequest(msgspec.Struct, frozen=True):
    """A request as it came."""

    method: str
    query: str
    """Still encoded."""
    content_type: str
    authorization: str
    body: bytes
    device: str = ""
    """The header by which the OwnTracks app names itself, `X-Limit-D`."""
    key: str = ""
    """What follows the name of the way in within the path."""


Entry = Report | ReportError
Verdict = Outcome | ReportError


class Reading(msgspec.Struct, frozen=True):
    """What a request brought, in order, and how to answer once it is known what became of each report."""

    entries: Sequence[Entry]
    key: str | None
    """The ingest key that came along."""
    render: Callable[[Sequence[Verdict]], Answer]

    @property
    def reports(self) -> list[Report]:
        return [entry for entry in self.entries if isinstance(entry, Report)]

    def answer(self, outcomes: Sequence[Outcome]) -> Answer:
        """The answer, given what became of each of `reports`."""
        left = iter(outcomes)
        return self.render([next(left) if isinstance(entry, Report) else entry for entry in self.entries])


class Limits(msgspec.Struct, frozen=True):
    """How much one request may bring; more is refused as a whole."""

    bytes: int
    reports: int


def read_osmand(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """OsmAnd's query or form, or the JSON of newer Traccar Clients. Raises RefusedRequest."""
    _check(request, limits, "GET", "POST")
    fields = _fields(request.query)
    key = fields.pop("key", None)
    if _is_json(request, has_fields=bool(fields)):
        named = fields.get("id") or fields.get("deviceid")
        return _read_locations(request, named, _key(request, key), now=now, limits=limits)
    _check_size(request, MAX_OSMAND_BODY)
    if not fields:
        fields = _fields(request.body.decode("utf-8", "replace"))
        key = fields.pop("key", key)
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.BAD_REQUEST}
    return _read_one(lambda: osmand.parse_query(fields, now=now), _key(request, key), statuses)


def _is_json(request: IngestRequest, *, has_fields: bool) -> bool:
    """Whether a body is JSON; some send it as text, or as nothing, and no form begins with a brace or bracket."""
    if request.content_type.strip().lower().startswith(JSON):
        return bool(request.body)
    return not has_fields and request.body.lstrip().startswith((b"{", b"["))


def _read_locations(
    request: IngestRequest, named: str | None, key: str | None, *, now: datetime, limits: Limits
) -> Reading:
    """One place, or a batch; `named` is the device in the address, for a body that names none."""
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND}
    try:
        found = osmand.split_json(request.body)
    except ReportError as error:
        return Reading([error], key, partial(_answer_one, statuses))
    if len(found.items) > limits.reports:
        raise RefusedRequest(_too_large(f"more than {limits.reports} reports"))
    device_id = named if found.device_id is None else found.device_id
    entries = [_try(partial(osmand.parse_location, item, device_id, now=now)) for item in found.items]
    answer = partial(_answer_batch, Answer(HTTPStatus.OK)) if found.is_batch else partial(_answer_one, statuses)
    return Reading(entries, key, answer)


def read_traccar(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A position or event that Traccar forwards. Raises RefusedRequest.

    Traccar repeats what is not answered with success, so success it is for what would be refused each time
    (api §6.3): a device that is not ours, and what is nothing for us.
    """
    _check(request, limits, "POST")
    key = _key(request, _fields(request.query).get("key"))
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.OK}
    try:
        report = traccar.parse_body(request.body)
    except ReportError as error:
        return Reading([error], key, partial(_answer_one, statuses))
    if report is None:
        return Reading([], key, lambda _: Answer(HTTPStatus.OK, "nothing to store\n"))
    return Reading([report], key, partial(_answer_one, statuses))


def read_ngp(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A message of the vendor's generic protocol, or several as a JSON array or as lines. Raises RefusedRequest."""
    _check(request, limits, "POST")
    key = _key(request, _fields(request.query).get("key"))
    try:
        messages = ngp.split_messages(request.body)
    except ReportError as error:
        raise RefusedRequest(Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")) from error
    if messages is None:
        statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.FORBIDDEN}
        return _read_one(lambda: ngp.parse_message(request.body), key, statuses)
    if len(messages) > limits.reports:
        raise RefusedRequest(_too_large(f"more than {limits.reports} reports"))
    return Reading([_try(partial(ngp.parse_message, message)) for message in messages], key, _answer_many)


def read_owntracks(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A message of the OwnTracks app; what is no location is acknowledged and not stored. Raises RefusedRequest.

    The app sends again what is not answered with success, and nothing else meanwhile (api §6.4).
    """
    _check(request, limits, "POST")
    fields = _fields(request.query)
    key = _key(request, fields.get("key"))
    device_id = fields.get("id") or fields.get("d") or request.device
    statuses = {Outcome.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND}
    answer = partial(_acknowledge_one, statuses, Answer(HTTPStatus.OK, "[]", JSON))
    try:
        report = owntracks.parse_message(request.body, device_id, now=now)
    except ReportError as error:
        return Reading([error], key, answer)
    return Reading([report] if report else [], key, answer)


def read_overland(request: IngestRequest, *, now: datetime, limits: Limits) -> Reading:
    """A batch of the Overland app. Raises RefusedRequest.

    The app drops a batch at one answer only, and sends it again at any other (api §6.5): so a place that cannot be
    right is left out.
    """
    _check(request, limits, "POST")
    fields = _fields(request.query)
    key = _key(request, fields.get("key"))
    try:
        features = overland.split_batch(request.body)
    except ReportError as error:
        raise RefusedRequest(Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")) from error
    if len(features) > limits.reports:
        raise RefusedRequest(_too_large(f"more than {limits.reports} reports"))
    device_id = fields.get("id") or fields.get("device_id") or ""
    entries = [_try(partial(overland.parse_feature, feature, device_id, now=now)) for feature in features]
    return Reading(entries, key, _acknowledge_batch)


Read = Callable[..., Reading]
WAYS_IN: Mapping[str, Read] = {
    "osmand": read_osmand,
    "traccar": read_traccar,
    "ngp": read_ngp,
    "owntracks": read_owntracks,
    "overland": read_overland,
}


def unavailable() -> Answer:
    """To whom nothing could be stored now: to come again."""
    return Answer(HTTPStatus.SERVICE_UNAVAILABLE, "try again\n", headers={"Retry-After": "1"})


def failed() -> Answer:
    """To whom nothing could be stored because of a fault of ours."""
    return Answer(HTTPStatus.INTERNAL_SERVER_ERROR, "unexpected error\n")


def _check(request: IngestRequest, limits: Limits, *methods: str) -> None:
    if request.method not in methods:
        allowed = {"Allow": ", ".join(methods)}
        raise RefusedRequest(Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=allowed))
    _check_size(request, limits.bytes)


def _check_size(request: IngestRequest, most: int) -> None:
    if len(request.body) > most:
        raise RefusedRequest(_too_large(f"more than {most} bytes"))


def _too_large(reason: str) -> Answer:
    return Answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{reason}\n")


def _fields(encoded: str) -> dict[str, str]:
    """The fields of a query or form; of one that comes several times the last."""
    if not encoded:
        return {}
    if encoded.count("&") >= MAX_FIELDS:
        raise RefusedRequest(Answer(HTTPStatus.BAD_REQUEST, f"more than {MAX_FIELDS} fields\n"))
    # As `parse_qsl`, which takes twice as long: a tenth of what a report in a request of its own costs.
    pairs = (pair.partition("=") for pair in encoded.replace("+", " ").split("&") if pair)
    if "%" not in encoded:
        return {name: text for name, _, text in pairs}
    return {_decoded(name): _decoded(text) for name, _, text in pairs}


def _decoded(text: str) -> str:
    return unquote(text, errors="replace") if "%" in text else text


def _key(request: IngestRequest, field: str | None) -> str | None:
    """The ingest key, wherever the sender could put it: a field, the address, a token, a password."""
    return field or request.key or _token(request) or _password(request)


def _token(request: IngestRequest) -> str:
    scheme, _, credential = request.authorization.partition(" ")
    return credential.strip() if scheme.lower() == "bearer" else ""


def _password(request: IngestRequest) -> str | None:
    """What stands for a key in an app that knows names and passwords only."""
    scheme, _, credential = request.authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return b64decode(credential.strip(), validate=True).decode().partition(":")[2] or None
    except ValueError:
        return None


def _read_one(parse: Callable[[], Report], key: str | None, statuses: Mapping[Outcome, HTTPStatus]) -> Reading:
    return Reading([_try(parse)], key, partial(_answer_one, statuses))


def _try(parse: Callable[[], Report]) -> Entry:
    try:
        return parse()
    except ReportError as error:
        return error


_STORED = Answer(HTTPStatus.OK)


def _answer_one(statuses: Mapping[Outcome, HTTPStatus], verdicts: Sequence[Verdict]) -> Answer:
    match verdicts[0]:
        case Outcome.STORED:
            return _STORED
        case ReportError() as error:
            return Answer(HTTPStatus.BAD_REQUEST, f"{error}\n")
        case outcome:
            return Answer(statuses.get(outcome, HTTPStatus.FORBIDDEN), f"{outcome}\n")


def _acknowledge_one(statuses: Mapping[Outcome, HTTPStatus], success: Answer, verdicts: Sequence[Verdict]) -> Answer:
    answer = _answer_one(statuses, verdicts) if verdicts else success
    return success if answer.status is HTTPStatus.OK else answer


def _acknowledge_batch(verdicts: Sequence[Verdict]) -> Answer:
    """Success as soon as one place is stored, or none ever could be."""
    outcomes = [verdict for verdict in verdicts if isinstance(verdict, Outcome)]
    return _answer_batch(Answer(HTTPStatus.OK, '{"result":"ok"}', JSON), outcomes)


def _answer_batch(success: Answer, verdicts: Sequence[Verdict]) -> Answer:
    """Success as soon as one place is stored, as the app would send all of them again; else why the first is not."""
    if not verdicts or Outcome.STORED in verdicts:
        return success
    return _answer_one({Outcome.UNKNOWN_DEVICE: HTTPStatus.NOT_FOUND}, verdicts)


def _answer_many(verdicts: Sequence[Verdict]) -> Answer:
    refused = [
        {"index": index, "error": str(verdict)}
        for index, verdict in enumerate(verdicts)
        if verdict is not Outcome.STORED
    ]
    document = {"stored": len(verdicts) - len(refused), "refused": refused}
    return Answer(HTTPStatus.OK, msgspec.json.encode(document).decode(), JSON)

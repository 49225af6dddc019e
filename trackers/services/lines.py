"""Trackers that come as lines of a file: new ones are registered together, of known ones label and group change."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import User
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.signature import signature_of
from accounts.wire.terms import printable
from trackers.engine.counters import CounterType
from trackers.models import Group, Source, Tracker
from trackers.rendering.device_models import MODELS, PHONE, refuse_device_id
from trackers.services.bulk_registration import NewTracker, register_trackers
from trackers.services.trackers import update_tracker

COLUMNS = ("account", "device_id", "label", "model", "phone", "group")
Cells = Mapping[str, str]
# What a spreadsheet makes of a long number when it may.
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerDocument:
    device_id: Annotated[str, printable(64)]
    label: Annotated[str, printable(60, without="<>")]
    model: Annotated[str, printable(64)] = "osmand"
    phone: Annotated[str, printable(32)] = ""
    group: Annotated[str, printable(60)] = ""


_SIGNATURE = signature_of(TrackerDocument)


@dataclass(slots=True)
class Book:
    """What an account has, and what is to come."""

    account: User
    trackers: dict[str, Tracker]
    """By the ids of their devices."""
    groups: dict[str, list[Group]]
    """By their titles."""
    newcomers: dict[int, NewTracker] = field(default_factory=dict)
    """By the numbers of their lines."""


class Lines:
    """The lines of one file, within a transaction."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._changes: list[tuple[Tracker, str, Group | None]] = []
        self._device_ids: set[str] = set()
        self._phones: set[str] = set()

    def hold(self, logins: Iterable[str]) -> None:
        """Nobody else registers trackers of these accounts in bulk until the transaction ends."""
        names = {login.casefold() for login in logins}
        users = User.objects.select_for_update(no_key=True).filter(login__in=names, master=None)
        self._books = {user.login: _open(user) for user in users.order_by("pk")}

    def take(self, number: int, cells: Cells) -> tuple[Tracker | None, dict[str, str] | None, dict[str, str]]:
        """Notes what a line asks for: the tracker if it is known, its cells before, and as they will be.

        Raises ApiError with the columns at fault.
        """
        book = self._books.get(cells.get("account", "").casefold())
        if book is None:
            raise invalid_parameter("account", "must be the login of an account")
        tracker = book.trackers.get(cells.get("device_id", ""))
        before = None if tracker is None else shown(tracker)
        document = _read({**(before or {}), **cells})
        self._refuse_twice(document)
        group = _find_group(book, document.group)
        if tracker is None:
            self._note_new(book, number, document, group)
        else:
            self._note_change(tracker, document, group)
        values = (document.device_id, document.label, document.model, document.phone, document.group)
        return tracker, before, dict(zip(COLUMNS, (book.account.login, *values), strict=True))

    def finish(self) -> dict[int, Tracker]:
        """Registers and changes what was noted; the new trackers by the numbers of their lines.

        Raises ApiError: TOO_MANY_TRACKERS for more than an account may have, and as `register_trackers`.
        """
        made: dict[int, Tracker] = {}
        for book in self._books.values():
            if len(book.trackers) + len(book.newcomers) > settings.MAX_TRACKERS_PER_ACCOUNT and book.newcomers:
                raise ApiError(ErrorCode.TOO_MANY_TRACKERS)
            newcomers = list(book.newcomers.values())
            found = register_trackers(book.account, newcomers, counters=[CounterType.ODOMETER])
            made |= dict(zip(book.newcomers, found, strict=True))
        for tracker, label, group in sorted(self._changes, key=lambda one: one[0].pk):
            update_tracker(tracker, label=label, group=group)
        return made

    def _refuse_twice(self, document: TrackerDocument) -> None:
        if document.device_id in self._device_ids:
            raise invalid_parameter("device_id", "is there twice")
        if document.phone and document.phone in self._phones:
            raise invalid_parameter("phone", "is there twice")
        self._device_ids.add(document.device_id)
        self._phones.add(document.phone)

    def _note_new(self, book: Book, number: int, document: TrackerDocument, group: Group | None) -> None:
        if document.model not in MODELS:
            raise invalid_parameter("model", f"must be one of: {', '.join(MODELS)}")
        if Source.objects.filter(device_id=document.device_id).exists():
            raise invalid_parameter("device_id", "another account has it")
        if document.phone and Source.objects.filter(phone=document.phone).exists():
            raise invalid_parameter("phone", "another device has it")
        book.newcomers[number] = NewTracker(
            document.device_id, document.label, group, document.model, phone=document.phone
        )

    def _note_change(self, tracker: Tracker, document: TrackerDocument, group: Group | None) -> None:
        for name in ("model", "phone"):
            if getattr(document, name) != getattr(tracker.source, name):
                raise invalid_parameter(name, f"cannot be changed: it is {getattr(tracker.source, name) or 'empty'}")
        if (document.label, group) != (tracker.label, tracker.group):
            self._changes.append((tracker, document.label, group))


def shown(tracker: Tracker) -> dict[str, str]:
    """A tracker as a line; its source, account and group are selected with it."""
    group = "" if tracker.group is None else tracker.group.title
    source = tracker.source
    values = (tracker.account.login, source.device_id, tracker.label, source.model, source.phone, group)
    return dict(zip(COLUMNS, values, strict=True))


def lines_of(trackers: QuerySet[Tracker]) -> Iterator[list[str]]:
    """Trackers as lines, in the order of the columns."""
    for tracker in trackers.select_related("account", "source", "group").iterator(chunk_size=1000):
        yield list(shown(tracker).values())


def _open(account: User) -> Book:
    trackers = Tracker.objects.filter(account=account).select_related("account", "source", "group")
    groups: dict[str, list[Group]] = {}
    for group in Group.objects.filter(account=account):
        groups.setdefault(group.title.casefold(), []).append(group)
    return Book(account, {one.source.device_id: one for one in trackers}, groups)


def _read(cells: Mapping[str, str]) -> TrackerDocument:
    """Raises ApiError INVALID_PARAMETERS with the columns at fault."""
    sent: dict[str, Any] = {name: cells[name] for name in _SIGNATURE.arguments if cells.get(name)}
    document = TrackerDocument(**_SIGNATURE.read(Parameters(sent | _digits(sent))))
    if _SHORTENED.fullmatch(document.device_id):
        raise invalid_parameter("device_id", "was shortened by a spreadsheet: make its cells text")
    if (refusal := refuse_device_id(document.device_id, document.model)) is not None:
        raise invalid_parameter("device_id", refusal)
    return document


def _digits(sent: Mapping[str, str]) -> dict[str, str]:
    """The phone as it is kept. Raises ApiError INVALID_PARAMETERS."""
    if "phone" not in sent:
        return {}
    text = re.sub(r"[\s()/.-]", "", sent["phone"])
    if not PHONE.fullmatch(text):
        raise invalid_parameter("phone", "must be a phone number of 5 to 15 digits")
    return {"phone": text.removeprefix("+")}


def _find_group(book: Book, title: str) -> Group | None:
    if not title:
        return None
    found = book.groups.get(title.casefold(), [])
    if len(found) != 1:
        raise invalid_parameter("group", f"{len(found)} groups are called so" if found else "there is no such group")
    return found[0]

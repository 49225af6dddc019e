"""Answers that are written while they are read: long lists, and files (history §3.2, §3.3).

What fits into one piece is an ordinary answer, and what fails before the first piece is there an ordinary failure. Of
anything longer no more than a piece is in memory. Who makes the pieces reads the database a page at a time, so a slow
reader holds neither a cursor nor a transaction.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import AsyncIterator, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.metrics.registry import counter
from accounts.wire.errors import ApiError, ErrorCode, first_line

logger = logging.getLogger(__name__)

JSON = "application/json; charset=utf-8"
PIECE_BYTES = 64 * 1024
MAX_STREAMS = 16
"""Long answers under way at once in a process."""
MAX_STREAMS_PER_ACCOUNT = 4

_cut = counter("cut_answers", "Long answers that ended before they were whole.")


class AnswerCut(Exception):
    """What was begun cannot be ended: the connection is to be cut, so that the client knows that it has not all."""


@dataclass(frozen=True, slots=True)
class LongAnswer:
    """An answer as it is written; the parts are made as they are asked for."""

    parts: Iterator[bytes]
    account_id: int
    """Whose long answers are counted."""
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """An answer whose document is written already."""

    document: bytes
    headers: Mapping[str, str]


def written(fields: Mapping[str, Any], headers: Mapping[str, str]) -> WrittenAnswer:
    """A success of these fields, in which structs may be: they take a tenth of the time that dicts take."""
    return WrittenAnswer(msgspec.json.encode({"success": True, **fields}), headers)


def long_list(fields: Mapping[str, Any], name: str, items: Iterable[Any], *, account_id: int) -> LongAnswer:
    """A success whose last member is a list that may be long; `fields` come before it."""
    return LongAnswer(_write_list({"success": True, **fields}, name, items), account_id)


def file_answer(parts: Iterator[bytes], media_type: str, name: str, *, account_id: int) -> LongAnswer:
    """A file to be kept by a name, which has plain letters only."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return LongAnswer(parts, account_id, media_type, headers)


def _write_list(fields: Mapping[str, Any], name: str, items: Iterable[Any]) -> Generator[bytes]:
    encode = msgspec.json.Encoder().encode
    yield encode({**fields, name: []}).removesuffix(b"]}")
    for number, item in enumerate(items):
        yield (b"," if number else b"") + encode(item)
    yield b"]}"


def long_response(answer: LongAnswer) -> HttpResponseBase:
    """The response of an answer, in pieces if it has more than one. Raises ApiError TOO_MANY_REQUESTS."""
    first = _next_piece(answer.parts)
    response: HttpResponseBase
    if len(first) < PIECE_BYTES:
        response = HttpResponse(first, content_type=answer.media_type)
    else:
        response = StreamingHttpResponse(_Pieces(first, answer), content_type=answer.media_type)
    for name, value in answer.headers.items():
        response[name] = value
    return response


def _next_piece(parts: Iterator[bytes]) -> bytes:
    """At least PIECE_BYTES, or all that is left."""
    piece = bytearray()
    for part in parts:
        piece += part
        if len(piece) >= PIECE_BYTES:
            break
    return bytes(piece)


class _Pieces:
    """The pieces of an answer; Django closes it when they are sent, or nobody takes them any more."""

    def __init__(self, first: bytes, answer: LongAnswer) -> None:
        self._first = first
        self._parts = answer.parts
        self._account_id = answer.account_id
        self._is_open = True
        self._is_whole = False
        _enter(answer.account_id)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        piece = self._first
        try:
            while piece:
                yield piece
                piece = await sync_to_async(_next_piece)(self._parts)
            self._is_whole = True
        except (OperationalError, InterfaceError) as error:
            logger.warning("database unavailable in a long answer: %s", first_line(error))
            await sync_to_async(close_old_connections)()
            raise AnswerCut from error
        finally:
            # Django does not close what failed.
            self.close()

    def close(self) -> None:
        if not self._is_open:
            return
        self._is_open = False
        _leave(self._account_id)
        if not self._is_whole:
            _cut.inc()
            logger.info("a long answer ended before it was whole: it failed, or its client was gone")


_lock = threading.Lock()
_under_way: Counter[int] = Counter()


def _enter(account_id: int) -> None:
    with _lock:
        if _under_way.total() >= MAX_STREAMS or _under_way[account_id] >= MAX_STREAMS_PER_ACCOUNT:
            raise ApiError(ErrorCode.TOO_MANY_REQUESTS)
        _under_way[account_id] += 1


def _leave(account_id: int) -> None:
    with _lock:
        _under_way[account_id] -= 1
        if not _under_way[account_id]:
            del _under_way[account_id]

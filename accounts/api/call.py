"""The edge of the HTTP API: parameters in, envelope out, errors to JSON (api §1)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Self

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.api.answers import JSON, LongAnswer, WrittenAnswer, long_response
from accounts.api.metrics import call_seconds, count_call
from accounts.api.repeating import repeatable
from accounts.api.throttling import RETRY_AFTER_S, count_caller, count_credential
from accounts.metrics.registry import timed
from accounts.models import Session, User
from accounts.selectors import Principal, principal_for_hash, user_of
from accounts.wire.addresses import client_address
from accounts.wire.dates import format_date
from accounts.wire.errors import ApiError, ErrorCode, first_line
from accounts.wire.parameters import Parameters, parse_json
from accounts.wire.terms import FLAG

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]
Fields = dict[str, Any]
Answer = Fields | WrittenAnswer | LongAnswer


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One call of the API: its parameters, and by what format it wants dates."""

    parameters: Parameters
    iso: bool
    credential: str | None
    address: str
    """The network address that it comes from; empty when that cannot be told."""
    caller: object = None
    """Who makes it, where that is known."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What came as parts of their own, by name."""

    @classmethod
    def of(cls, request: ApiCall, caller: object) -> Self:
        """The call, with who makes it."""
        return cls(request.parameters, request.iso, request.credential, request.address, caller, request.files)

    def principal(self) -> Principal:
        """Who calls. Raises ApiError WRONG_HASH or SESSION_ENDED."""
        return principal_for_hash(self.credential)


@dataclass(frozen=True, slots=True)
class UserCall(ApiCall):
    """A call by a user, or by a program with a user's API key."""

    caller: Principal

    def user(self) -> User:
        """The user who calls, read now. Raises ApiError SESSION_ENDED when it was removed since the call began."""
        return user_of(self.caller)

    @property
    def now(self) -> str:
        """The present moment as the caller reads dates."""
        return format_date(timezone.now(), self.caller.zone, iso=self.iso)

    def date_of(self, moment: datetime | None) -> str | None:
        """A moment as the caller reads dates."""
        return None if moment is None else format_date(moment, self.caller.zone, iso=self.iso)


@dataclass(frozen=True, slots=True)
class SpecialCall(ApiCall):
    """A call by a session that is for few calls only (api §2.8)."""

    caller: Session


def api_call(function: Callable[[ApiCall], Answer], name: str) -> View:
    """Makes a Django view of a function from a call to its success; `name` is what metrics call it."""

    @csrf_exempt
    @wraps(function)
    def view(request: HttpRequest) -> HttpResponseBase:
        with timed(call_seconds):
            try:
                answer = _respond(request, function(_read_call(request)))
            except Exception as error:
                failure = _failure(error, request.path)
                count_call(name, failure.code)
                return error_response(failure)
            count_call(name, None)
            return answer

    return view


def _respond(request: HttpRequest, answer: Answer) -> HttpResponseBase:
    match answer:
        case LongAnswer():
            return long_response(answer)
        case WrittenAnswer(document, headers):
            return repeatable(request, HttpResponse(document, content_type=JSON, headers=headers))
    return repeatable(request, JsonResponse({"success": True, **answer}, content_type=JSON))


def _failure(error: Exception, path: str) -> ApiError:
    """What the caller is told; the log says what it was unless that was the caller's fault."""
    match error:
        case ApiError():
            return error
        case OperationalError() | InterfaceError():
            logger.warning("database unavailable in %s: %s", path, first_line(error))
            return ApiError(ErrorCode.DATABASE_UNAVAILABLE)
        case DatabaseError():
            logger.error("database error in %s", path, exc_info=error)
            return ApiError(ErrorCode.DATABASE_ERROR)
        case _:
            logger.error("unexpected error in %s", path, exc_info=error)
            return ApiError(ErrorCode.UNEXPECTED)


def error_response(error: ApiError) -> JsonResponse:
    """The envelope of a failure (api §1.6)."""
    body: Fields = {"success": False, "status": {"code": error.code, "description": error.code.description}}
    if error.errors:
        body["errors"] = [{"parameter": e.parameter, "error": e.error} for e in error.errors]
    if error.entities:
        body["entities"] = [{"type": e.type, "ids": list(e.ids)} for e in error.entities]
    response = JsonResponse(body, status=error.code.http_status, content_type=JSON)
    if error.code is ErrorCode.TOO_MANY_REQUESTS:
        response["Retry-After"] = str(error.retry_after_s or RETRY_AFTER_S)
    return response


def caller_address(request: HttpRequest) -> str:
    """Where a request comes from, past the proxies that are trusted; empty when that cannot be told."""
    forwarded_for = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return client_address(request.META.get("REMOTE_ADDR") or "", forwarded_for, settings.TRUSTED_PROXIES)


def _read_call(request: HttpRequest) -> ApiCall:
    address = caller_address(request)
    count_caller(address)
    try:
        # Whatever charset a client states; Django refuses forms that state any other, be it `utf8`.
        request.encoding = "utf-8"
        query = request.GET.dict()
        body = _read_body(request)
        files = _read_files(request)
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
        raise ApiError(ErrorCode.TOO_LARGE) from error
    credential = _credential(body, query, request.headers.get("Authorization", ""))
    count_credential(credential, address)
    iso = Parameters({"iso_datetime": request.headers.get("NVX-ISO-DateTime"), **query, **body})
    return ApiCall(
        parameters=Parameters({**query, **body}),
        iso=iso.read("iso_datetime", FLAG, default=False),
        credential=credential,
        address=address,
        files=files,
    )


def _read_body(request: HttpRequest) -> Fields:
    try:
        if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
            return request.POST.dict()
        if not request.body.strip():
            return {}
        values = parse_json(request.body)
    except MultiPartParserError as error:
        raise ApiError(ErrorCode.WRONG_FORMAT) from error
    if not isinstance(values, dict):
        raise ApiError(ErrorCode.WRONG_FORMAT)
    return values


def _read_files(request: HttpRequest) -> dict[str, bytes]:
    """The files of a form. Raises ApiError TOO_LARGE for what was cut where the longest body ends."""
    if request.content_type != "multipart/form-data":
        return {}
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise ApiError(ErrorCode.TOO_LARGE)
    return {name: file.read() for name, file in request.FILES.dict().items() if not isinstance(file, list)}


def _credential(body: Fields, query: dict[str, Any], authorization: str) -> str | None:
    """The hash in body, query or header, in that order (api §1.3)."""
    scheme, _, in_header = authorization.partition(" ")
    return body.get("hash") or query.get("hash") or (in_header.strip() if scheme == "NVX" else "") or None

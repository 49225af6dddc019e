"""The API's code table and the one exception that may be told to a caller. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum


class ErrorCode(IntEnum):
    """Code, description and HTTP status of each failure (api §1.7)."""

    description: str
    http_status: int

    def __new__(cls, code: int, description: str, http_status: int = 400) -> ErrorCode:
        member = int.__new__(cls, code)
        member._value_ = code
        member.description = description
        member.http_status = http_status
        return member

    DATABASE_ERROR = 1, "Database error", 500
    WRONG_HASH = 3, "Wrong hash"
    SESSION_ENDED = 4, "User or API key not found or session ended"
    WRONG_FORMAT = 5, "Wrong request format"
    UNEXPECTED = 6, "Unexpected error", 500
    INVALID_PARAMETERS = 7, "Invalid parameters"
    TOO_LARGE = 9, "Too large request", 412
    ACCESS_DENIED = 11, "Access denied", 403
    NOT_PERMITTED = 13, "Operation not permitted", 403
    DATABASE_UNAVAILABLE = 14, "Database unavailable", 503
    TOO_MANY_REQUESTS = 15, "Too many requests (rate limit exceeded)", 429
    WRONG_LOGIN = 102, "Wrong login or password"
    NOT_ACTIVATED = 103, "User not activated"
    TOO_MANY_SESSIONS = 104, "Logins limit exceeded"
    TOO_MANY_ATTEMPTS = 105, "Login attempts limit exceeded"
    WRONG_HANDLER = 111, "Wrong handler"
    WRONG_METHOD = 112, "Wrong method"
    NOT_FOUND = 201, "Not found in database"
    TOO_MANY_POINTS = 202, "Too many points in a zone"
    IN_USE = 203, "Delete entity associated with", 409
    ENTITY_NOT_FOUND = 204, "Entity not found", 404
    LOGIN_IN_USE = 206, "Login already in use"
    DEVICE_BLOCKED = 208, "Device blocked", 403
    GEOCODING_FAILED = 210, "Geocoding failed"
    PERIOD_TOO_LONG = 211, "Requested time span is too big"
    LIMIT_TOO_BIG = 212, "Requested limit is too big"
    DEVICE_OFFLINE = 213, "Cannot perform action: the device is offline"
    NOT_SUPPORTED = 214, "Requested operation or parameters are not supported by the device"
    EXTERNAL_SERVICE_FAILED = 215, "External service error"
    NONEXISTENT_ENTITIES = 217, "List contains nonexistent entities"
    NOT_FOR_CLONES = 219, "Not allowed for clones of the device", 403
    UNKNOWN_MODEL = 220, "Unknown device model"
    TOO_MANY_TRACKERS = 221, "Device limit exceeded", 403
    PLUGIN_NOT_FOUND = 222, "Plugin not found"
    PHONE_IN_USE = 223, "Phone number already in use"
    DEVICE_ID_IN_USE = 224, "Device ID already in use"
    NOT_READY = 229, "Requested data is not ready yet", 404
    NOT_FOR_THIS_TYPE = 230, "Not supported for this entity type"
    TYPE_MISMATCH = 231, "Entity type mismatch", 409
    INPUT_IN_USE = 232, "Input already in use"
    NO_FILE = 233, "No data file"
    WRONG_FILE = 234, "Invalid data format"
    SAME_PASSWORD = 245, "New password must be different"
    ENTITY_EXISTS = 247, "Entity already exists"
    WRONG_PASSWORD = 248, "Wrong password"
    FOR_CLONES_ONLY = 249, "Operation available for clones only", 403
    ALREADY_CORRUPTED = 252, "Device already corrupted"
    HAS_CLONES = 253, "Device has clones"
    HAS_EXTERNAL_LINKS = 261, "Entity has external links", 403
    WRONG_ENTRIES = 262, "Entries list is missing some entries or contains nonexistent entries"
    SAME_VALUES = 263, "No change needed, old and new values are the same"
    TOO_MANY_ENTITIES = 267, "Too many entities"
    OVER_QUOTA = 268, "Over quota", 402
    TOO_MANY_SENSORS = 270, "Too many sensors of same type already exist"
    DIFFERENT_MODELS = 272, "Trackers must have same models"
    USER_BLOCKED = 275, "User is blocked", 403
    WRONG_CODE = 282, "Wrong authentication code"
    TOO_FEW_POINTS = 284, "Not enough points in a zone"


@dataclass(frozen=True, slots=True)
class ParameterError:
    """What is wrong with one parameter of a call."""

    parameter: str
    error: str


@dataclass(frozen=True, slots=True)
class Entities:
    """Things of one kind that stand in the way of a call."""

    type: str
    ids: tuple[int, ...]


class ApiError(Exception):
    """A failure that the caller may be told: a code and, with code 7, the parameters at fault (api §1.6).

    With code 15, `retry_after_s` is after how many seconds it may be tried again, when that is known. With code 203,
    `entities` is what stands in the way.
    """

    def __init__(
        self,
        code: ErrorCode,
        errors: Sequence[ParameterError] = (),
        *,
        retry_after_s: int | None = None,
        entities: Sequence[Entities] = (),
    ) -> None:
        super().__init__(code.description, *errors)
        self.code = code
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
        self.entities = tuple(entities)


def invalid_parameter(parameter: str, error: str) -> ApiError:
    """Code 7 for one parameter."""
    return ApiError(ErrorCode.INVALID_PARAMETERS, [ParameterError(parameter, error)])


def first_line(error: BaseException) -> str:
    """What an error says, without the advice that database drivers put below it; for the log."""
    return str(error).strip().partition("\n")[0] or type(error).__name__

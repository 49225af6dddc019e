"""Periods that calls ask for (history §1.1, §1.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from django.utils import timezone

from accounts.api.call import UserCall
from accounts.selectors import Principal
from accounts.wire.dates import GIVEN_DATE, moment_of
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.schema import said
from accounts.wire.signature import Found
from trackers.services.past_trips import Period
from trackers.services.retention import shown_since

# A period of whole days is an hour longer where summer time ends in it.
CHANGE_OF_CLOCKS = timedelta(hours=1)
# No report is of a time beyond these, and moments near them can be counted on from.
_FIRST, _LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)

SPAN_FROM = said(GIVEN_DATE, "the begin of the period, which belongs to it")
SPAN_TO = said(GIVEN_DATE, "its end, which belongs to it")


def _as_sent(caller: Principal, date: datetime) -> datetime:
    return date


From = Annotated[datetime, Found("from", SPAN_FROM, _as_sent)]
To = Annotated[datetime, Found("to", SPAN_TO, _as_sent)]


def period_of(call: UserCall, since: datetime, until: datetime, most_days: int | None) -> Period:
    """The period between two dates as the caller means them.

    Raises ApiError: INVALID_PARAMETERS unless it ends after it begins, PERIOD_TOO_LONG.
    """
    begin, end = moment_of("from", since, call.caller.zone), moment_of("to", until, call.caller.zone)
    if begin >= end:
        raise invalid_parameter("to", "must be after from")
    if most_days is not None and end - begin > timedelta(days=most_days) + CHANGE_OF_CLOCKS:
        raise ApiError(ErrorCode.PERIOD_TOO_LONG)
    border = shown_since(call.caller.account_id, timezone.now())
    return Period(min(max(begin, _FIRST), _LAST), max(_FIRST, min(end, _LAST)), border)

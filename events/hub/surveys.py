"""Reading where the trackers of an account are, bit by bit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from channels.db import database_sync_to_async

from trackers.services.surveys import CHUNK, SurveyedTracker, surveyed_trackers


async def read_trackers(account_id: int) -> AsyncIterator[Sequence[SurveyedTracker]]:
    """All of the account's trackers, as the database has them, some at a time."""
    after_id, is_more = 0, True
    while is_more:
        chunk = await database_sync_to_async(surveyed_trackers)(account_id, after_id=after_id)
        yield chunk
        is_more = len(chunk) == CHUNK
        after_id = chunk[-1].tracker_id if chunk else 0

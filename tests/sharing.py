"""Share links, as tests make them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from accounts.models import ShareLink, User
from accounts.services.share_links import Content, create_link
from records.rendering.share_links import stored_params
from trackers.models import Tracker


def share(
    user: User,
    trackers: Collection[Tracker],
    *shown: str,
    begins_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> tuple[ShareLink, str]:
    """A link of a user to trackers, with the fields that are shown, and its token."""
    kept: list[dict[str, Any]] = [
        {"alias": None, "tracker_id": one.pk, "params": {"object_data": list(shown)}} for one in trackers
    ]
    return create_link(user, Content("Parcel 17", begins_at, expires_at, kept, stored_params(None)))

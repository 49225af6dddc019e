"""Share links in the admin."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import ShareLink, User
from accounts.notices import LoginsEnded
from accounts.wire.hashes import digest_hash
from accounts.wire.logout_causes import LogoutCause
from tests.admin import Admin
from tests.notices import Hear
from tests.sharing import share
from trackers.models import Tracker

PAGE = "accounts_sharelink"


def form(user: User, tracker_ids: str, hours: int = 1) -> dict[str, Any]:
    end = timezone.now() + timedelta(hours=hours)
    return {
        "user": user.pk,
        "tracker_ids": tracker_ids,
        "shown": ["speed"],
        "expires_at_0": end.date().isoformat(),
        "expires_at_1": end.time().isoformat("seconds"),
    }


def test_staff_makes_a_link_that_is_shown_once(staff: Admin, alice: User, van: Tracker) -> None:
    page = staff.change(f"{PAGE}_add", **form(alice, str(van.pk))).content.decode()
    link = ShareLink.objects.get()
    (token,) = re.findall(r"/share/([0-9a-f]{32})", page)
    assert digest_hash(token) == link.digest
    assert link.trackers == [{"alias": None, "tracker_id": van.pk, "params": {"object_data": ["speed"]}}]
    opened = list(staff.open_everything(ShareLink))
    assert [(address, status) for address, status in opened if status != 200] == []
    assert token not in staff.open(f"{PAGE}_change", link.pk).content.decode()


@pytest.mark.parametrize(
    ("tracker_ids", "hours", "wrong"), [("0", 1, "tracker_ids"), ("a", 1, "tracker_ids"), ("van", -1, "expires_at")]
)
def test_staff_makes_no_link_that_cannot_be(
    staff: Admin, alice: User, van: Tracker, tracker_ids: str, hours: int, wrong: str
) -> None:
    ids = tracker_ids.replace("van", str(van.pk))
    assert list(staff.refuse(f"{PAGE}_add", **form(alice, ids, hours))) == [wrong]


@pytest.mark.parametrize("way", ["page", "list", "disable"])
def test_link_that_the_staff_ends_lets_go_who_looks(
    staff: Admin, alice: User, van: Tracker, hear: Hear, way: str
) -> None:
    link, token = share(alice, [van])
    with hear(alice) as heard:
        if way == "disable":
            staff.act(PAGE, "disable", link)
        else:
            staff.remove(PAGE, way, link)
    assert heard["alice"] == [LoginsEnded((digest_hash(token),), LogoutCause.SHARE_ENDED)]

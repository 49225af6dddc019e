"""Names in the admin: new ones that show as other ones are refused, older ones turn no line around."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from accounts.models import ApiKey, User
from accounts.services.users import create_security_group
from tests.admin import Admin
from trackers.models import Group, Tracker

Register = Callable[..., Tracker]

OVERRIDE = "\u202e"
DISGUISED = f"Van{OVERRIDE}1"


@pytest.mark.parametrize("text", [DISGUISED, "Van\u200b1", "\u2066Van"])
def test_disguised_names_are_refused(staff: Admin, alice: User, text: str) -> None:
    group = {"account": alice.pk, "label": text, "rights": []}
    for page, field, fields in [
        ("trackers_group_add", "title", {"account": alice.pk, "title": text, "color": "00ff00"}),
        ("accounts_securitygroup_add", "label", group),
        ("accounts_apikey_add", "title", {"user": alice.pk, "title": text}),
        ("accounts_dealer_add", "title", {"title": text}),
    ]:
        assert "which cannot be seen" in staff.refuse(page, **fields)[field][0], page


def test_stored_names_turn_nothing_around_in_lines_of_the_admin(staff: Admin, alice: User, register: Register) -> None:
    van = register(alice)
    Tracker.objects.filter(pk=van.pk).update(label=DISGUISED)
    group = create_security_group(alice.pk, DISGUISED, [])
    key = ApiKey.objects.create(user=alice, title=DISGUISED, digest="0", first_characters="0000")
    Group.objects.create(account=alice, title=DISGUISED)
    for one in (Tracker.objects.get(pk=van.pk), Group.objects.get(), group, key):
        assert str(one).startswith("Van1")
    for page, row in [("trackers_tracker", van), ("accounts_securitygroup", group), ("accounts_apikey", key)]:
        # In a table each has a cell of its own.
        for kind in ("delete", "history"):
            text = staff.open(f"{page}_{kind}", row.pk).content.decode()
            assert "Van1" in text
            assert OVERRIDE not in text
    message = staff.change("accounts_apikey_delete", key.pk, post="yes").content.decode()
    assert "“Van1” was deleted" in message

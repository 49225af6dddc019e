"""Trackers that the staff brings in by files, and takes out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from tests.admin import Admin
from tests.api import Api
from tests.files import Files
from tests.notices import Hear
from trackers.engine.counters import CounterType
from trackers.engine.notices import TrackersChanged
from trackers.models import Counter, Group, Tracker

ALICE = "alice@fleet.example"
HEADER = "account,device_id,label,model,phone,group"


@pytest.fixture
def files(staff: Admin, alice: User) -> Files:
    return Files(staff, "trackers_tracker")


def test_imported_trackers_are_listed_with_odometers(files: Files, api: Api, alice: User, hear: Hear) -> None:
    Group.objects.create(account=alice, title="North")
    with hear(alice) as heard:
        brought = files.bring(
            HEADER, f"{ALICE},0123456789,Van 1,,+49 151-12345,north", f"{ALICE},van-2,Van 2,traccar,,"
        )
    assert brought == {"new": 2}
    assert heard["alice"] == [TrackersChanged()]
    first, second = api("tracker/list")["list"]
    assert (first["label"], first["source"]["device_id"], first["source"]["phone"]) == (
        "Van 1",
        "0123456789",
        "4915112345",
    )
    assert first["group_id"] == Group.objects.get().pk
    assert second["source"]["model"] == "traccar"
    assert list(Counter.objects.values_list("counter_type", flat=True)) == [CounterType.ODOMETER] * 2


def test_known_trackers_are_renamed_and_regrouped(files: Files, alice: User, register: Callable[..., Tracker]) -> None:
    group = Group.objects.create(account=alice, title="North")
    van, other = register(alice), register(alice)
    line = f"{ALICE},{van.source.device_id},North van,North"
    same = f"{ALICE},{other.source.device_id},{other.label},"
    assert files.bring("account,device_id,label,group", line, same) == {"update": 1, "skip": 1}
    van.refresh_from_db()
    assert (van.label, van.group) == ("North van", group)
    assert files.bring("account,device_id,label,group", line, same) == {"skip": 2}


def test_what_cannot_be_a_tracker_is_refused(
    files: Files, alice: User, charlie: User, register: Callable[..., Tracker]
) -> None:
    mine, theirs = register(alice), register(charlie)
    refused = files.refuse(
        HEADER,
        f"{ALICE},one,One,,,",
        f"{ALICE},one,Again,,,",
        f"{ALICE},{theirs.source.device_id},Theirs,,,",
        f'{ALICE},"3,59812E+14",Shortened,,,',
        f"{ALICE},two,<b>,,,",
        f"{ALICE},three,Three,no such,,",
        f"{ALICE},four,Four,,12,",
        f"{ALICE},five,Five,,,nowhere",
        f"{ALICE},six six,Six,,,",
        f"{ALICE},,Seven,,,",
        "nobody,eight,Eight,,,",
        f"{ALICE},{mine.source.device_id},Mine,traccar,,",
    )
    assert [(line, column) for line, column, _ in refused] == [
        *((3, "device_id"), (4, "device_id"), (5, "device_id"), (6, "label"), (7, "model"), (8, "phone")),
        *((9, "group"), (10, "device_id"), (11, "device_id"), (12, "account"), (13, "model")),
    ]
    assert refused[2][2] == "was shortened by a spreadsheet: make its cells text"
    assert Tracker.objects.count() == 2


def test_phones_are_of_one_device(files: Files, alice: User) -> None:
    files.bring("account,device_id,label,phone", f"{ALICE},one,One,4915112345")
    refused = files.refuse(
        "account,device_id,label,phone", f"{ALICE},two,Two,+49 151 12345", f"{ALICE},three,Three,+49(151)12345"
    )
    assert refused == [(2, "phone", "another device has it"), (3, "phone", "is there twice")]


def test_accounts_do_not_grow_beyond_their_limit(files: Files, settings: Any) -> None:
    settings.MAX_TRACKERS_PER_ACCOUNT = 1
    file = ("account,device_id,label", f"{ALICE},one,One", f"{ALICE},two,Two")
    assert files.refuse(*file) == [(0, "", "Device limit exceeded")]
    assert not Tracker.objects.exists()


def test_exported_trackers_are_imported_unchanged(files: Files, alice: User, register: Callable[..., Tracker]) -> None:
    register(alice, "=1+1")
    exported = files.export()
    assert b"'=1+1" in exported
    assert files.preview(exported).context["result"].totals["skip"] == 1

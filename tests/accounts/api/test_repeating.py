"""A call by GET that is asked again: nothing comes twice, and what comes is compressed (decision 123)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from accounts.services.sessions import create_session
from trackers.models import Tracker
from trackers.services.trackers import update_tracker

Ask = Callable[..., HttpResponse]


@pytest.fixture
def vans(register: Any, alice: User) -> list[Tracker]:
    return [register(alice, "Van with a name of some length") for _ in range(3)]


@pytest.fixture
def ask(alice: User, vans: list[Tracker]) -> Ask:
    """Asks for Alice's list with these headers."""
    client, credential = Client(), create_session(alice)

    def get(**headers: str) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get("/tracker/list", headers={"Authorization": f"NVX {credential}", **named})

    return get


def test_answer_that_is_known_does_not_come_again(ask: Ask, vans: list[Tracker]) -> None:
    first = ask()
    again = ask(if_none_match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    update_tracker(vans[0], label="Another name", group=None)
    changed = ask(if_none_match=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_answer_is_compressed_for_who_can_read_it(ask: Ask) -> None:
    plain, packed = ask(), ask(accept_encoding="gzip, br")
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == plain["ETag"]
    assert ask(accept_encoding="gzip", if_none_match=plain["ETag"]).status_code == 304
    refused = ask(accept_encoding="br, gzip;q=0")
    assert ("Content-Encoding" in refused, refused.content) == (False, plain.content)


def test_answer_is_kept_for_its_caller_alone(ask: Ask) -> None:
    answer = ask(accept_encoding="gzip")
    assert answer["Cache-Control"] == "private, no-cache"
    for one in (answer, ask(accept_encoding="gzip", if_none_match=answer["ETag"])):
        varies = {name.strip().lower() for name in one["Vary"].split(",")}
        assert {"authorization", "nvx-iso-datetime", "accept-encoding"} <= varies


@pytest.mark.parametrize("header", ["if_match", "if_unmodified_since"])
def test_conditions_for_changes_are_none_for_what_is_read(ask: Ask, header: str) -> None:
    told = {"if_match": '"another"', "if_unmodified_since": "Sun, 29 Nov 2026 12:00:00 GMT"}[header]
    answer = ask(**{header: told})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json; charset=utf-8")


def test_failures_and_posts_have_no_tag(ask: Ask, alice: User) -> None:
    client = Client()
    refused = client.get("/tracker/list", headers={"If-None-Match": "*", "Accept-Encoding": "gzip"})
    assert (refused.status_code, "ETag" in refused) == (400, False)
    posted = client.post("/tracker/list", {"hash": create_session(alice)}, headers={"Accept-Encoding": "gzip"})
    assert (posted.status_code, "ETag" in posted, "Content-Encoding" in posted) == (200, False, False)


def test_how_long_a_list_is_can_be_told_before_it_is_read(ask: Ask, vans: list[Tracker]) -> None:
    assert ask()["X-Total-Count"] == ask(accept_encoding="gzip")["X-Total-Count"] == str(len(vans))

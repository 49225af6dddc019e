"""What a process keeps of zones."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from alerts.geometry.places import Place
from alerts.models import Zone
from alerts.storage import zones as storage
from alerts.storage.zones import zones_of
from tests.alerts.calls.test_zones import make
from tests.api import Api


def labels(account: User) -> list[str]:
    return [zone.label for zone in zones_of({account.pk})[account.pk].zones.values()]


def test_unchanged_zones_cost_one_statement(api: Api, alice: User) -> None:
    make(api)
    known = zones_of({alice.pk})[alice.pk]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert zones_of({alice.pk})[alice.pk] is known
    assert len(queries) == 1


def test_only_changed_zones_are_read_anew(api: Api, alice: User) -> None:
    one, two = make(api, label="One"), make(api, label="Two")
    before = zones_of({alice.pk})[alice.pk].zones
    api("zone/update", zone={"id": two, "type": "circle", "label": "Three"})
    api("zone/delete", zone_id=make(api))
    after = zones_of({alice.pk})[alice.pk].zones
    assert after[one] is before[one]
    assert labels(alice) == ["One", "Three"]


def test_an_account_without_zones_has_none(alice: User, charlie: User) -> None:
    found = zones_of({alice.pk, charlie.pk})
    assert [found[pk].index.near(Place(0, 0), 1e6) for pk in (alice.pk, charlie.pk)] == [[], []]


def test_accounts_see_their_own_zones(api: Api, alice: User, charlie: User) -> None:
    make(api)
    assert (labels(alice), labels(charlie)) == (["Depot"], [])


def test_what_is_kept_has_a_bound(api: Api, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Any = storage._Kept()
    monkeypatch.setattr(storage, "MAX_KEPT_POINTS", 12)
    make(api)
    zones = zones_of({alice.pk})[alice.pk]
    for number in range(5):
        kept.put(number, zones)
    assert list(kept.accounts) == [3, 4]


def test_an_older_database_is_believed(api: Api, alice: User) -> None:
    zone_id = make(api)
    zones_of({alice.pk})
    # As if a copy of yesterday had been put back.
    Zone.objects.filter(pk=zone_id).update(label="Yesterday", revision=1)
    alice.zone_set.revision = 1
    alice.zone_set.save()
    assert labels(alice) == ["Yesterday"]

"""Every call is described, and nothing that is not there."""

from __future__ import annotations

from config.reference.calls import CALLS, MODULES
from config.urls import api


def routes() -> list[str]:
    names = [str(pattern.pattern).strip("^$") for pattern in api]
    return [name.removesuffix("/?") for name in names if name.endswith("/?") and not name.startswith("ingest/")]


def test_every_call_is_described_and_nothing_else() -> None:
    assert sorted(CALLS) == sorted(routes())


def test_no_call_is_described_twice() -> None:
    assert len(CALLS) == sum(len(module.CALLS) for module in MODULES)

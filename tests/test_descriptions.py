"""Every call is described, and nothing that is not there."""

from __future__ import annotations

import openapi_spec_validator

from config.reference.calls import CALLS, MODULES
from config.reference.openapi import openapi_document
from config.urls import api
from trackers.reports.requests import WAYS_IN


def routes() -> list[str]:
    names = [str(pattern.pattern).strip("^$") for pattern in api]
    return [name.removesuffix("/?") for name in names if name.endswith("/?") and not name.startswith("ingest/")]


def test_every_call_is_described_and_nothing_else() -> None:
    assert sorted(CALLS) == sorted(routes())


def test_no_call_is_described_twice() -> None:
    assert len(CALLS) == sum(len(module.CALLS) for module in MODULES)


def test_openapi_document_is_valid() -> None:
    openapi_spec_validator.validate(openapi_document())


def test_openapi_document_has_every_address_of_the_api() -> None:
    ways_in = [f"ingest/{name}" for name in WAYS_IN]
    assert sorted(openapi_document()["paths"]) == sorted(
        f"/{route}" for route in [*routes(), *ways_in, "healthz", "readyz"]
    )

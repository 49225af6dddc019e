"""Migrations run while the release before still serves: they leave it all that it uses (decision 43)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.models.fields import NOT_PROVIDED

# Where the release before ended. After a release: what its migrations end with.
RELEASE_BEFORE = {
    "accounts": "0003_login_security",
    "trackers": "0006_room_for_updates",
    "events": "0001_connected_clients",
}


def find_breaches(before: ProjectState, now: ProjectState) -> Iterator[str]:
    """What a program that knows the tables as they were cannot do any more."""
    for key, old in before.models.items():
        if key not in now.models:
            yield f"{key} is gone"
            continue
        new = now.models[key]
        if table_of(old) != table_of(new):
            yield f"the table of {key} has another name"
        for name, field in old.fields.items():
            yield from (f"{key}.{name} {breach}" for breach in find_changes(field, new.fields.get(name)))
        for name, field in new.fields.items():
            if name not in old.fields and not may_be_left_out(field):
                yield f"{key}.{name} is new, and must be said"


def table_of(model: ModelState) -> str:
    return model.options.get("db_table") or f"{model.app_label}_{model.name_lower}"


def find_changes(old: models.Field, new: models.Field | None) -> Iterator[str]:
    if new is None:
        yield "is gone"
        return
    if old.get_internal_type() != new.get_internal_type():
        yield f"is a {new.get_internal_type()} now"
    if old.null and not new.null:
        yield "must be said now"
    if (old.max_length or 0) > (new.max_length or 0):
        yield "is shorter now"
    if new.unique and not old.unique:
        yield "must be unique now"


def may_be_left_out(field: models.Field) -> bool:
    """Whether who does not know of the column can make a row; Django's own default is not the table's."""
    return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED


def test_release_before_goes_on_with_the_tables_of_this_one(db: None) -> None:
    loader = MigrationLoader(connection)
    before = loader.project_state(list(RELEASE_BEFORE.items()))
    assert list(find_breaches(before, loader.project_state())) == []


def test_a_column_that_must_be_said_is_found() -> None:
    before, now = ProjectState(), ProjectState()
    before.add_model(ModelState("fleet", "Van", [("id", models.BigAutoField(primary_key=True))]))
    columns = [("id", models.BigAutoField(primary_key=True)), ("label", models.TextField(default=""))]
    now.add_model(ModelState("fleet", "Van", columns))
    assert list(find_breaches(before, now)) == ["('fleet', 'van').label is new, and must be said"]


@pytest.mark.parametrize(
    ("field", "breach"),
    [
        (None, "is gone"),
        (models.TextField(null=True), "is a TextField now"),
        (models.CharField(max_length=20), "must be said now"),
        (models.CharField(max_length=10, null=True), "is shorter now"),
        (models.CharField(max_length=20, null=True, unique=True), "must be unique now"),
    ],
)
def test_a_column_that_takes_less_is_found(field: models.Field | None, breach: str) -> None:
    assert breach in find_changes(models.CharField(max_length=20, null=True), field)

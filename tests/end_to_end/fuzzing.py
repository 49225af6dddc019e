"""What schemathesis is told: whose hashes to call with, and ids that are somebody's.

`test_fuzzing` names this file to the program, and hands over what it prepared in a directory, FUZZING.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import schemathesis

# The parameters whose made-up values become the ids of something that is there.
NAMED = {"tracker_id": "trackers", "trackers": "trackers", "subuser_id": "sub_users", "user_id": "strangers"}
# What these calls are about is gone afterwards, so they get something that nobody else needs.
REMOVING = ("/corrupt", "/delete")
DOOMED = "doomed_"
# Of so many numbers one stays as it is, and is nobody's.
LEFT_ALONE = 7
# The server hangs up on a request line of 16 KiB, before anything of ours sees it.
MAX_QUERY_CHARACTERS = 8000

directory = Path(os.environ["FUZZING"])
prepared: dict[str, list[Any]] = json.loads((directory / "prepared.json").read_text())
# There are many sessions, as some calls end the one that makes them; with the few of the panel nobody logs out.
turns = {name: cycle(values) for name, values in prepared.items()}


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Lets somebody call, and about something of theirs."""
    for part in (case.body, case.query):
        if isinstance(part, dict):
            part.pop("hash", None)
            put_ids(part, is_removed=case.path.endswith(REMOVING))
            if case.path == "/panel/user/update" and "user" in part:
                # It blocks people, and schemathesis has read in other answers who there is.
                part["user"] = rewritten(part["user"])
    for name, value in (case.query or {}).items():
        if len(str(value)) > MAX_QUERY_CHARACTERS:
            case.query[name] = "[]"
    is_panel = case.path.startswith("/panel/") and not case.path.endswith("/logout")
    credential = next(turns["panel_sessions" if is_panel else "sessions"])
    case.headers = {**(case.headers or {}), "Authorization": f"NVX {credential}"}


def put_ids(parameters: dict[str, Any], *, is_removed: bool) -> None:
    for name, kind in NAMED.items():
        if name in parameters:
            doomed = turns.get(DOOMED + kind) if is_removed else None
            parameters[name] = next(doomed) if doomed else put_id(parameters[name], prepared[kind])


def rewritten(user: Any) -> Any:
    """The user to be changed, which may be JSON text, as one on whom nothing depends."""
    if isinstance(user, str):
        with suppress(ValueError):
            return json.dumps(rewritten(json.loads(user)))
    if isinstance(user, dict) and "id" in user:
        return {**user, "id": next(turns["strangers"])}
    return user


def put_id(value: Any, ids: list[int]) -> Any:
    """An id in the place of a number, but for a few; in a query both are text."""
    if isinstance(value, str):
        with suppress(ValueError):
            return json.dumps(put_id(json.loads(value), ids))
    if isinstance(value, list):
        return [put_id(item, ids) for item in value]
    if not isinstance(value, int) or isinstance(value, bool) or is_left_alone(value):
        return value
    return ids[value % len(ids)]


def is_left_alone(value: int) -> bool:
    return value % LEFT_ALONE == 1 and value not in prepared["spared"]


@schemathesis.hook
def after_call(context: schemathesis.HookContext, case: schemathesis.Case, response: schemathesis.Response) -> None:
    """Notes what was answered: a run in which everything is refused would prove nothing."""
    with (directory / "seen").open("a") as seen:
        seen.write(f"{response.status_code} {case.operation.label}\n")

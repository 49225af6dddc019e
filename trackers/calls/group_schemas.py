"""The calls about groups of trackers, described (api §3.3)."""

from __future__ import annotations

from accounts.wire.rights import Right
from accounts.wire.schema import ID, Example, Schema, describe, list_of, named, object_of, printable, said, text
from trackers.calls.lookup import MAX_LABEL_LENGTH, MAX_TRACKERS_PER_CALL

TITLE = printable(MAX_LABEL_LENGTH, without="<>")
COLOR = said(text(pattern="^[0-9A-Fa-f]{6}$", shape="six hex digits"), "red, green and blue, as 1E96DC")


GROUP_ID = said(ID, "a group's `id` in `tracker/group/list`")


def up_to(most: int) -> Schema:
    """A list of tracker ids; one that comes twice counts once."""
    return said(list_of(ID, least=1), f"at most {most} different ones")


GROUP = named("Group", object_of({"id": ID, "title": text(), "color": COLOR}))

CALLS = (
    describe(
        "tracker/group/list",
        "The account's groups, by title.",
        result={"list": list_of(GROUP)},
    ),
    describe(
        "tracker/group/create",
        "A new, empty group.",
        parameters={"title": TITLE, "color": COLOR},
        result={"id": said(ID, "of the group")},
        right=Right.ADMIN,
        codes=(267,),
        example=Example({"title": "Vans", "color": "1E96DC"}, {"id": 12}),
    ),
    describe(
        "tracker/group/update",
        "Gives a group another title and color.",
        parameters={"id": GROUP_ID, "title": TITLE, "color": COLOR},
        right=Right.ADMIN,
        codes=(201,),
    ),
    describe(
        "tracker/group/delete",
        "Removes a group; its trackers are in group 0 then.",
        parameters={"id": GROUP_ID},
        right=Right.ADMIN,
        codes=(201,),
    ),
    describe(
        "tracker/group/assign",
        "Puts trackers into a group.",
        parameters={
            "id": said(ID, "0: into none"),
            "trackers": up_to(MAX_TRACKERS_PER_CALL),
        },
        right=Right.ADMIN,
        codes=(201, 217, 221),
    ),
)

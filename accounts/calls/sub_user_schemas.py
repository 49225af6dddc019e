"""The calls about sub-users and security groups, described (api §2.7)."""

from __future__ import annotations

from accounts.calls.schemas import PASSWORD
from accounts.calls.sub_users import MAX_ASSIGNED, MAX_LABEL_LENGTH
from accounts.models import LegalType
from accounts.services.profiles import MAX_LENGTHS
from accounts.wire.rights import GRANTABLE_RIGHTS, Right
from accounts.wire.schema import (
    DATE,
    FLAG,
    HASH,
    ID,
    CallSchema,
    Fields,
    Schema,
    describe,
    line,
    list_of,
    named,
    nullable,
    object_of,
    one_of,
    open_object,
    optional,
    printable,
    said,
    text,
)

RENDERED_PROFILE: dict[str, Schema] = {
    "id": ID,
    "activated": said(FLAG, "may log in"),
    "login": text(),
    "legal_type": one_of(LegalType),
    **{name: text(length) for name, length in MAX_LENGTHS.items()},
}
PROFILE: Fields = {
    "activated": optional(nullable(said(FLAG, "may log in; true for a new one unless it is said"))),
    "verified": optional(nullable(said(FLAG, "as `activated` unless it is said"))),
    "legal_type": optional(nullable(one_of(LegalType))),
    **{name: optional(nullable(line(length))) for name, length in MAX_LENGTHS.items()},
}
LOGIN = said(printable(254), "an e-mail address that no other user has")
SUB_USER_ID = said(ID, "a sub-user's `id` in `subuser/list`")
GROUP_ID = said(nullable(ID), "null: no rights")

SUB_USER = named("SubUser", object_of({**RENDERED_PROFILE, "security_group_id": GROUP_ID, "creation_date": DATE}))
SUB_USER_FIELDS: Fields = {**PROFILE, "security_group_id": optional(GROUP_ID)}

GRANTED = list_of(one_of(*sorted(GRANTABLE_RIGHTS)), unique=True)
GROUP = named("SecurityGroup", object_of({"id": ID, "label": text(), "privileges": object_of({"rights": GRANTED})}))
GROUP_FIELDS: Fields = {"label": printable(MAX_LABEL_LENGTH), "privileges": open_object({"rights": GRANTED})}


def for_masters(
    route: str,
    summary: str,
    *,
    parameters: Fields | None = None,
    result: Fields | None = None,
    codes: tuple[int, ...] = (),
) -> CallSchema:
    """A call that needs the right `admin`, which masters have."""
    return describe(route, summary, parameters=parameters, result=result, right=Right.ADMIN, codes=codes)


CALLS = (
    for_masters("subuser/list", "The account's sub-users.", result={"list": list_of(SUB_USER)}),
    for_masters(
        "subuser/register",
        "A new sub-user.",
        parameters={"user": open_object({"login": LOGIN, **SUB_USER_FIELDS}), "password": PASSWORD},
        result={"id": ID},
        codes=(201, 206, 268),
    ),
    for_masters(
        "subuser/update",
        "Changes what is said of a sub-user; what is left out stays. With `activated` false it is logged out.",
        parameters={"user": open_object({"id": ID, "login": optional(LOGIN), **SUB_USER_FIELDS})},
        codes=(201, 206),
    ),
    for_masters(
        "subuser/delete",
        "Removes a sub-user and its logins.",
        parameters={"subuser_id": SUB_USER_ID},
        codes=(201,),
    ),
    for_masters(
        "subuser/session/create",
        "A session in which the caller acts as the sub-user.",
        parameters={"subuser_id": SUB_USER_ID},
        result={"hash": HASH},
        codes=(104, 201, 275),
    ),
    for_masters("subuser/security_group/list", "The account's security groups.", result={"list": list_of(GROUP)}),
    for_masters(
        "subuser/security_group/create",
        "A new security group.",
        parameters={"group": open_object(GROUP_FIELDS)},
        result={"id": ID},
        codes=(268,),
    ),
    for_masters(
        "subuser/security_group/update",
        "Replaces label and rights of a security group; they hold at once.",
        parameters={"group": open_object({"id": ID, **GROUP_FIELDS})},
        codes=(201,),
    ),
    for_masters(
        "subuser/security_group/delete",
        "Removes a security group; its sub-users have no rights then.",
        parameters={
            "security_group_id": optional(said(ID, "of `subuser/security_group/list`")),
            "id": optional(said(ID, "the same by another name; one of both is needed")),
        },
        codes=(201,),
    ),
    for_masters(
        "subuser/security_group/assign",
        "Puts sub-users into a security group, or into none.",
        parameters={
            "group_id": optional(GROUP_ID),
            "subuser_ids": said(list_of(ID, least=1, most=MAX_ASSIGNED), "of `subuser/list`"),
        },
        codes=(201, 217),
    ),
)

"""The calls by which a master manages sub-users and their rights (api §2.7). All need the right `admin`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from accounts.api.call import Fields, UserCall
from accounts.api.declare import call
from accounts.calls.login import Password
from accounts.calls.profiles import RENDERED_PROFILE, known_user, new_user, read_profile, render_profile
from accounts.models import SecurityGroup, User
from accounts.selectors import Principal, first_of
from accounts.services import invitations, users
from accounts.services.profiles import Profile
from accounts.services.sessions import create_session
from accounts.services.users import remove_user
from accounts.wire import schema
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters
from accounts.wire.rights import GRANTABLE_RIGHTS, Right
from accounts.wire.schema import list_of, nullable, object_of, optional, record, said
from accounts.wire.signature import Found, document
from accounts.wire.terms import DATE, FLAG, HASH, ID, Term, one_of, printable, text

MAX_SECURITY_GROUP_LABEL_LENGTH = 100
MAX_ASSIGNED = users.MAX_SUB_USERS


# Sub-users

SUB_USER_ID = said(ID, "a sub-user's `id` in `subuser/list`")
_GROUP_ID = said(nullable(ID), "null: no rights")
_INVITED = said(FLAG, "true: has set no password yet; not the vendor's")
_GROUP: schema.Fields = {"security_group_id": optional(_GROUP_ID)}
SUB_USER = record(
    "SubUser", **RENDERED_PROFILE, security_group_id=_GROUP_ID, creation_date=DATE, invited=optional(_INVITED)
)


def sub_user_for(master: Principal, sub_user_id: int) -> User:
    """The sub-user of that id. Raises ApiError NOT_FOUND unless it is the caller's."""
    sub_users = User.objects.filter(master_id=master.account_id).select_related("master", "contact")
    return first_of(sub_users.filter(pk=sub_user_id))


def _sub_user_to_change(master: Principal, sub_user_id: int) -> User:
    """The sub-user of that id, to be changed. Raises ApiError NOT_FOUND, and NOT_PERMITTED for one of the staff.

    A master could give it another address to log in with, have a new password sent there, and be of the staff.
    """
    sub_user = sub_user_for(master, sub_user_id)
    if sub_user.is_of_staff:
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return sub_user


def _group_for(master: Principal, group_id: int) -> SecurityGroup:
    return first_of(SecurityGroup.objects.filter(account_id=master.account_id, pk=group_id))


def _profile_for(master: Principal, parameters: Parameters) -> Profile:
    """What is said of a sub-user.

    Raises ApiError INVALID_PARAMETERS, and NOT_FOUND for a security group that is not the caller's.
    """
    profile = read_profile(parameters)
    if not parameters.says("security_group_id"):
        return profile
    group_id = parameters.read("security_group_id", ID) if "security_group_id" in parameters else None
    group = None if group_id is None else _group_for(master, group_id)
    return replace(profile, user={**profile.user, "security_group": group})


OneGroup = Annotated[SecurityGroup, Found("group_id", _GROUP_ID, _group_for, codes=(201,))]
OneToChange = Annotated[User, Found("subuser_id", SUB_USER_ID, _sub_user_to_change, codes=(201,))]


@call("subuser/list", right=Right.ADMIN, gives={"list": list_of(SUB_USER)})
def list_sub_users(call: UserCall) -> Fields:
    """The account's sub-users."""
    sub_users = User.objects.filter(master_id=call.caller.account_id).select_related("contact").order_by("pk")
    return {"list": [_render_sub_user(call, sub_user) for sub_user in sub_users]}


@call("subuser/register", right=Right.ADMIN, gives={"id": ID}, codes=(206, 268))
def register_sub_user(
    call: UserCall,
    profile: Annotated[Profile, Found("user", new_user(_GROUP), _profile_for, codes=(201,))],
    password: Password,
) -> Fields:
    """A new sub-user."""
    return {"id": users.register_sub_user(call.caller.account_id, profile, password).pk}


@call("subuser/invitation/create", right=Right.ADMIN, gives={"id": ID}, codes=(206, 268))
def invite_sub_user(
    call: UserCall, profile: Annotated[Profile, Found("user", new_user(_GROUP), _profile_for, codes=(201,))]
) -> Fields:
    """A new sub-user, who is mailed a link to set the password by."""
    return {"id": invitations.invite_sub_user(call.caller.account_id, profile).pk}


@call("subuser/invitation/resend", right=Right.ADMIN, codes=(275,))
def invite_sub_user_again(call: UserCall, sub_user: OneToChange) -> None:
    """Mails another link to a sub-user who has not set a password yet; the one before is worth nothing then."""
    invitations.invite_again(sub_user)


@call("subuser/update", right=Right.ADMIN, codes=(201, 206))
def update_sub_user(call: UserCall, user: Annotated[Parameters, known_user(_GROUP)]) -> None:
    """Changes what is said of a sub-user; what is left out stays. With `activated` false it is logged out."""
    sub_user_id = user.read("id", ID)
    profile = _profile_for(call.caller, user)
    users.update_user(_sub_user_to_change(call.caller, sub_user_id), profile)


@call("subuser/delete", right=Right.ADMIN)
def delete_sub_user(call: UserCall, sub_user: OneToChange) -> None:
    """Removes a sub-user and its logins."""
    remove_user(sub_user)


@call("subuser/session/create", right=Right.ADMIN, gives={"hash": HASH}, codes=(104, 275))
def create_sub_user_session(call: UserCall, sub_user: OneToChange) -> Fields:
    """A session in which the caller acts as the sub-user."""
    if not sub_user.may_log_in:
        raise ApiError(ErrorCode.USER_BLOCKED)
    return {"hash": create_session(sub_user)}


def _render_sub_user(call: UserCall, sub_user: User) -> Fields:
    return {
        **render_profile(sub_user),
        "security_group_id": sub_user.security_group_id,
        "creation_date": call.date_of(sub_user.created_at),
        **({} if sub_user.has_usable_password() else {"invited": True}),
    }


# Security groups

_GRANTED = list_of(one_of(*sorted(GRANTABLE_RIGHTS)), unique=True)
GROUP = record("SecurityGroup", id=ID, label=text(), privileges=object_of({"rights": _GRANTED}))


@dataclass(frozen=True, slots=True)
class Privileges:
    """What a group grants; that `admin` is no group's is said by the service."""

    rights: Annotated[tuple[Right, ...], Term(_GRANTED, list_of(one_of(Right), unique=True).read)]


Label = Annotated[str, printable(MAX_SECURITY_GROUP_LABEL_LENGTH)]
Granted = Annotated[Privileges, document(Privileges)]


@dataclass(frozen=True, slots=True)
class NewGroup:
    """A security group as it is made."""

    label: Label
    privileges: Granted


@dataclass(frozen=True, slots=True)
class ChangedGroup:
    """A security group as it shall be."""

    id: int
    label: Label
    privileges: Granted


def _few(name: str, sub_user_ids: tuple[int, ...]) -> tuple[int, ...]:
    if len(sub_user_ids) > MAX_ASSIGNED:
        raise invalid_parameter(name, f"must have at most {MAX_ASSIGNED} items")
    return sub_user_ids


_ASSIGNED = Term(list_of(ID, least=1, most=MAX_ASSIGNED), list_of(ID, least=1).then(_few).read)


@call("subuser/security_group/list", right=Right.ADMIN, gives={"list": list_of(GROUP)})
def list_security_groups(call: UserCall) -> Fields:
    """The account's security groups."""
    groups = SecurityGroup.objects.filter(account_id=call.caller.account_id).order_by("pk")
    return {"list": [{"id": one.pk, "label": one.label, "privileges": {"rights": one.rights}} for one in groups]}


@call("subuser/security_group/create", right=Right.ADMIN, gives={"id": ID}, codes=(268,))
def create_security_group(call: UserCall, group: Annotated[NewGroup, document(NewGroup)]) -> Fields:
    """A new security group."""
    return {"id": users.create_security_group(call.caller.account_id, group.label, group.privileges.rights).pk}


@call("subuser/security_group/update", right=Right.ADMIN, codes=(201,))
def update_security_group(call: UserCall, group: Annotated[ChangedGroup, document(ChangedGroup)]) -> None:
    """Replaces label and rights of a security group; they hold at once."""
    users.update_security_group(_group_for(call.caller, group.id), group.label, group.privileges.rights)


@call(
    "subuser/security_group/delete",
    right=Right.ADMIN,
    takes={
        "security_group_id": optional(said(ID, "of `subuser/security_group/list`")),
        "id": optional(said(ID, "the same by another name; one of both is needed")),
    },
    codes=(201,),
)
def delete_security_group(call: UserCall) -> None:
    """Removes a security group; its sub-users have no rights then."""
    # The parameter has one name in the vendor's table and another in the samples below it.
    name = "id" if "security_group_id" not in call.parameters and "id" in call.parameters else "security_group_id"
    users.remove_security_group(_group_for(call.caller, call.parameters.read(name, ID)))


@call("subuser/security_group/assign", right=Right.ADMIN, codes=(217,))
def assign_security_group(
    call: UserCall,
    *,
    group: OneGroup | None = None,
    subuser_ids: Annotated[tuple[int, ...], _ASSIGNED, "of `subuser/list`"],
) -> None:
    """Puts sub-users into a security group, or into none."""
    users.assign_security_group(call.caller.account_id, subuser_ids, group)

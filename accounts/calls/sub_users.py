"""The calls by which a master manages sub-users and their rights (api §2.7). All need the right `admin`."""

from __future__ import annotations

from dataclasses import replace

from accounts.api.call import ApiCall, Fields
from accounts.models import SecurityGroup, User
from accounts.selectors import Principal
from accounts.services import users
from accounts.services.profiles import Profile, read_profile, render_profile
from accounts.services.sessions import create_session, remove_user
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters, below
from accounts.wire.rights import Right

MAX_LABEL_LENGTH = 100
MAX_ASSIGNED = users.MAX_SUB_USERS


def list_sub_users(call: ApiCall) -> Fields:
    """`subuser/list`."""
    master = call.permitted(Right.ADMIN)
    sub_users = User.objects.filter(master_id=master.account_id).select_related("contact").order_by("pk")
    return {"list": [_render_sub_user(call, master, sub_user) for sub_user in sub_users]}


def register_sub_user(call: ApiCall) -> Fields:
    """`subuser/register`: a new login below the caller's."""
    master = call.permitted(Right.ADMIN)
    document = _user_document(call)
    if "login" not in document:
        raise invalid_parameter("user.login", "must not be null")
    password = call.parameters.text("password", max_length=128, trim=False)
    profile = _read_profile(master, document)
    return {"id": users.register_sub_user(master.account_id, profile, password).pk}


def update_sub_user(call: ApiCall) -> Fields:
    """`subuser/update`: what the user object says; `activated` false ends the sub-user's logins."""
    master = call.permitted(Right.ADMIN)
    document = _user_document(call)
    with below("user"):
        sub_user_id = document.integer("id")
    profile = _read_profile(master, document)
    users.update_user(_sub_user_to_change(master, sub_user_id), profile)
    return {}


def delete_sub_user(call: ApiCall) -> Fields:
    """`subuser/delete`: the sub-user and its logins; the trackers stay."""
    master = call.permitted(Right.ADMIN)
    remove_user(_sub_user_to_change(master, call.parameters.integer("subuser_id")))
    return {}


def create_sub_user_session(call: ApiCall) -> Fields:
    """`subuser/session/create`: a session in which the master acts as the sub-user. 275 while the latter is blocked."""
    master = call.permitted(Right.ADMIN)
    sub_user = _sub_user_to_change(master, call.parameters.integer("subuser_id"))
    if not sub_user.may_log_in:
        raise ApiError(ErrorCode.USER_BLOCKED)
    return {"hash": create_session(sub_user)}


def sub_user_for(master: Principal, sub_user_id: int) -> User:
    """The sub-user of that id. Raises ApiError 201 unless it is the caller's."""
    found = User.objects.filter(master_id=master.account_id, pk=sub_user_id).select_related("master", "contact").first()
    if found is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return found


def _sub_user_to_change(master: Principal, sub_user_id: int) -> User:
    """The same, to be changed. Raises ApiError 13 for one of the staff.

    A master could give it another address to log in with, have a new password sent there, and be of the staff.
    """
    sub_user = sub_user_for(master, sub_user_id)
    if sub_user.is_of_staff:
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return sub_user


def list_security_groups(call: ApiCall) -> Fields:
    """`subuser/security_group/list`."""
    groups = SecurityGroup.objects.filter(account_id=call.permitted(Right.ADMIN).account_id).order_by("pk")
    return {"list": [_render_group(group) for group in groups]}


def create_security_group(call: ApiCall) -> Fields:
    """`subuser/security_group/create`."""
    master = call.permitted(Right.ADMIN)
    label, rights = _read_group(call)
    return {"id": users.create_security_group(master.account_id, label, rights).pk}


def update_security_group(call: ApiCall) -> Fields:
    """`subuser/security_group/update`: replaces label and rights."""
    master = call.permitted(Right.ADMIN)
    with below("group"):
        group_id = _group_document(call).integer("id")
    label, rights = _read_group(call)
    users.update_security_group(_group_for(master, group_id), label, rights)
    return {}


def delete_security_group(call: ApiCall) -> Fields:
    """`subuser/security_group/delete`: its sub-users have no rights then."""
    master = call.permitted(Right.ADMIN)
    # The parameter has one name in the vendor's table and another in the samples below it.
    name = "id" if "security_group_id" not in call.parameters and "id" in call.parameters else "security_group_id"
    users.remove_security_group(_group_for(master, call.parameters.integer(name)))
    return {}


def assign_security_group(call: ApiCall) -> Fields:
    """`subuser/security_group/assign`: puts sub-users into a group, with null for `group_id` into none."""
    master = call.permitted(Right.ADMIN)
    group_id = call.parameters.integer("group_id") if "group_id" in call.parameters else None
    sub_user_ids = call.parameters.integers("subuser_ids")
    if len(sub_user_ids) > MAX_ASSIGNED:
        raise invalid_parameter("subuser_ids", f"must have at most {MAX_ASSIGNED} items")
    group = None if group_id is None else _group_for(master, group_id)
    users.assign_security_group(master.account_id, sub_user_ids, group)
    return {}


def _user_document(call: ApiCall) -> Parameters:
    return Parameters(call.parameters.document("user"))


def _read_profile(master: Principal, document: Parameters) -> Profile:
    """What is said of a sub-user. Raises ApiError 7, and 201 for a security group that is not the caller's."""
    with below("user"):
        profile = read_profile(document)
        if not document.says("security_group_id"):
            return profile
        group_id = document.integer("security_group_id") if "security_group_id" in document else None
    group = None if group_id is None else _group_for(master, group_id)
    return replace(profile, user={**profile.user, "security_group": group})


def _render_sub_user(call: ApiCall, master: Principal, sub_user: User) -> Fields:
    return {
        **render_profile(sub_user),
        "security_group_id": sub_user.security_group_id,
        "creation_date": call.date(sub_user.created_at, master),
    }


def _group_document(call: ApiCall) -> Parameters:
    return Parameters(call.parameters.document("group"))


def _read_group(call: ApiCall) -> tuple[str, tuple[Right, ...]]:
    document = _group_document(call)
    with below("group"):
        label = document.text("label", max_length=MAX_LABEL_LENGTH)
        privileges = Parameters(document.document("privileges"))
        with below("privileges"):
            return label, privileges.choices("rights", Right)


def _group_for(master: Principal, group_id: int) -> SecurityGroup:
    group = SecurityGroup.objects.filter(account_id=master.account_id, pk=group_id).first()
    if group is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return group


def _render_group(group: SecurityGroup) -> Fields:
    return {"id": group.pk, "label": group.label, "privileges": {"rights": group.rights}}

"""The panel's calls about its own logins and about users (api §2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.functions import Cast

from accounts.api.call import ApiCall, Fields
from accounts.api.panel_call import Page, PanelLogin, PanelPermission, panel_login, permissions_of, read_page
from accounts.models import User
from accounts.services import panel, sessions
from accounts.services import users as user_services
from accounts.services.profiles import (
    CONTACT_FIELDS,
    PERSON_FIELDS,
    Profile,
    contact_of,
    read_profile,
    render_profile,
)
from accounts.wire.dates import format_date
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.parameters import Parameters, below

ORDERS = {
    "id": "pk",
    "login": "login",
    "last_name": "last_name",
    "phone": "phone",
    "post_city": "contact__post_city",
    # No money is kept: everybody has as much, and the ids decide.
    "balance": "pk",
    "bonus": "pk",
}
SEARCHED = ("login", *PERSON_FIELDS, *(f"contact__{name}" for name in CONTACT_FIELDS))
MAX_COMMENT_LENGTH = 255


def authenticate(call: ApiCall) -> Fields:
    """`panel/account/auth`: the hash of a new panel session, and what it may do."""
    staff, credential = panel.log_in_to_panel(
        login=call.parameters.text("login"),
        password=call.parameters.text("password", max_length=128, trim=False),
        address=call.address,
    )
    return {"hash": credential, "permissions": permissions_of(staff)}


def log_out(call: ApiCall) -> Fields:
    """`panel/account/logout`."""
    panel.log_out_of_panel(panel_login(call).digest)
    return {}


def get_permissions(call: ApiCall) -> Fields:
    """`panel/account/get_permissions`."""
    return {"permissions": permissions_of(panel_login(call).staff)}


def create_user(call: ApiCall) -> Fields:
    """`panel/user/create`: a new account."""
    panel_login(call, PanelPermission.CREATE_USERS)
    document = Parameters(call.parameters.document("user"))
    if "login" not in document:
        raise invalid_parameter("user.login", "must not be null")
    settings = {
        name: call.parameters.text(name, max_length=64) for name in ("time_zone", "locale") if name in call.parameters
    }
    password = call.parameters.text("password", max_length=128, trim=False)
    return {"id": user_services.create_user(_read_profile(call, document), password, settings=settings).pk}


def list_users(call: ApiCall) -> Fields:
    """`panel/user/list`: the accounts, by their masters."""
    panel_login(call, PanelPermission.READ_USERS)
    page = read_page(call.parameters, ORDERS)
    users = _accounts()
    if call.parameters.boolean("hide_inactive", False):
        users = users.filter(is_active=True)
    users = _filtered(users, page)
    return {"list": _render_users(call, list(_ordered(users, page)[page.rows])), "count": users.count()}


def read_user(call: ApiCall) -> Fields:
    """`panel/user/read`."""
    panel_login(call, PanelPermission.READ_USERS)
    (value,) = _render_users(call, [_account(call.parameters.integer("user_id"))])
    return {"value": value}


def update_user(call: ApiCall) -> Fields:
    """`panel/user/update`: what the user object says; `activated` false ends the logins of the account."""
    login = panel_login(call, PanelPermission.UPDATE_USERS)
    document = Parameters(call.parameters.document("user"))
    with below("user"):
        user_id = document.integer("id")
    profile = _read_profile(call, document)
    # What somebody is before the law stays as it was registered.
    profile = Profile(profile.user, {name: value for name, value in profile.contact.items() if name != "legal_type"})
    user_services.update_user(account_to_change(login, user_id), profile)
    return {}


def change_password(call: ApiCall) -> Fields:
    """`panel/user/change_password`: all sessions of the user end."""
    login = panel_login(call, PanelPermission.UPDATE_USERS)
    user_id = call.parameters.integer("user_id")
    password = call.parameters.text("password", max_length=128, trim=False)
    panel.set_password_of(account_to_change(login, user_id), password)
    return {}


def create_user_session(call: ApiCall) -> Fields:
    """`panel/user/session/create`: a session in which the staff acts as the user."""
    login = panel_login(call, PanelPermission.UPDATE_USERS, PanelPermission.CREATE_USER_SESSIONS)
    user = account_to_change(login, call.parameters.integer("user_id"))
    if not user.is_active:
        raise ApiError(ErrorCode.USER_BLOCKED)
    return {"hash": sessions.create_session(user)}


def account_to_change(login: PanelLogin, user_id: int) -> User:
    """The account of that id. Raises ApiError 201, and 13 for one with staff in it unless a superuser calls.

    Otherwise a permission to change users would be one to become any of them, superusers too.
    """
    user = _account(user_id)
    if not login.staff.is_superuser and any(one.is_of_staff for one in (user, *user.sub_users.all())):
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return user


def _accounts() -> QuerySet[User]:
    return User.objects.filter(master=None).select_related("contact")


def _account(user_id: int) -> User:
    user = _accounts().filter(pk=user_id).first()
    if user is None:
        raise ApiError(ErrorCode.NOT_FOUND)
    return user


def _filtered(users: QuerySet[User], page: Page) -> QuerySet[User]:
    if not page.filter:
        return users
    wanted = Q(id_text__contains=page.filter)
    for name in SEARCHED:
        wanted |= Q(**{f"{name}__icontains": page.filter})
    return users.annotate(id_text=Cast("pk", CharField())).filter(wanted)


def _ordered(users: QuerySet[User], page: Page) -> QuerySet[User]:
    sign = "" if page.is_ascending else "-"
    return users.order_by(f"{sign}{ORDERS[page.order_by]}", f"{sign}pk")


def _read_profile(call: ApiCall, document: Parameters) -> Profile:
    with below("user"):
        profile = read_profile(document)
    if not call.parameters.says("comment"):
        return profile
    comment = call.parameters.text_or_blank("comment", max_length=MAX_COMMENT_LENGTH)
    return Profile(profile.user, {**profile.contact, "comment": comment})


def _render_users(call: ApiCall, users: Sequence[User]) -> list[Fields]:
    # The relation is named by the trackers, which point to their accounts.
    counted = User.objects.filter(pk__in=[user.pk for user in users]).annotate(count=Count("trackers"))
    counts = dict(counted.values_list("pk", "count"))
    return [_render_user(call, user, counts[user.pk]) for user in users]


def _render_user(call: ApiCall, user: User, trackers_count: int) -> Fields:
    contact = contact_of(user)
    return {
        **render_profile(user),
        "verified": contact.is_verified,
        "dealer_id": user.dealer_id,
        "balance": 0,
        "bonus": 0,
        # The panel has no time zone of its own (api §2.9).
        "creation_date": format_date(user.created_at, UTC, iso=call.iso),
        "trackers_count": trackers_count,
        "comment": contact.comment,
    }

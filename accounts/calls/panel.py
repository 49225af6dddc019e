"""The panel's calls about its own logins and about users (api §2.9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from django.db.models import Count, QuerySet

from accounts.api.call import ApiCall, Fields
from accounts.api.declare import open_call
from accounts.api.panel_call import NAMES, PanelCall, PanelLogin, PanelPermission, panel_call, permissions_of
from accounts.api.panel_list import COUNT, Page, order_of, rows_of
from accounts.calls.login import Password
from accounts.calls.profiles import RENDERED_PROFILE, known_user, new_user, read_profile, render_profile
from accounts.calls.settings import setting, stated
from accounts.models import User
from accounts.selectors import first_of
from accounts.services import panel, sessions
from accounts.services import users as user_services
from accounts.services.profiles import CONTACT_FIELDS, PERSON_FIELDS, Profile, contact_of
from accounts.wire.errors import ApiError, ErrorCode
from accounts.wire.parameters import Parameters
from accounts.wire.schema import list_of, nullable, object_of, optional, record, said
from accounts.wire.signature import Found
from accounts.wire.terms import DATE, FLAG, HASH, ID, NUMBER, line, one_of, printable, text

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
USER_ID = said(ID, "a user's `id` in `panel/user/list`")
IN_UTC = said(DATE, "at UTC; with `iso_datetime` in ISO 8601")
PERMISSIONS = object_of(
    {category: optional(list_of(one_of(*actions), unique=True)) for category, actions in NAMES.items()}
)
PANEL_USER = record(
    "PanelUser",
    **RENDERED_PROFILE,
    verified=FLAG,
    dealer_id=nullable(ID),
    balance=NUMBER,
    bonus=NUMBER,
    creation_date=IN_UTC,
    trackers_count=COUNT,
    comment=text(),
)
_COMMENT = line(255)
WITH_COMMENT = {"comment": optional(said(nullable(_COMMENT), "for the staff"))}


@dataclass(frozen=True, slots=True)
class UsersPage(Page):
    """Which users are wanted."""

    orders = ORDERS
    searched = ("login", *PERSON_FIELDS, *(f"contact__{name}" for name in CONTACT_FIELDS))
    order_by: Annotated[str, order_of(ORDERS)] | None = None


@dataclass(frozen=True, slots=True)
class NewSettings:
    """The settings of a new user that the staff may choose."""

    time_zone: Annotated[str, setting(printable(64)), "of the tz database, as Europe/Budapest"] | None = None
    locale: Annotated[str, setting(printable(8))] | None = None


def _accounts() -> QuerySet[User]:
    return User.objects.filter(master=None).select_related("contact")


def find_account(login: PanelLogin, user_id: int) -> User:
    """The account of that id. Raises ApiError NOT_FOUND."""
    return first_of(_accounts().filter(pk=user_id))


def account_to_change(login: PanelLogin, user_id: int) -> User:
    """The account of that id. Raises ApiError NOT_FOUND, and NOT_PERMITTED for one with staff in it unless a superuser
    calls.

    Otherwise a permission to change users would be one to become any of them, superusers too.
    """
    user = find_account(login, user_id)
    if not login.staff.is_superuser and any(one.is_of_staff for one in (user, *user.sub_users.all())):
        raise ApiError(ErrorCode.NOT_PERMITTED)
    return user


OneUser = Annotated[User, Found("user_id", USER_ID, find_account, codes=(201,))]
UserToChange = Annotated[User, Found("user_id", USER_ID, account_to_change, codes=(201,))]


@open_call("panel/account/auth", gives={"hash": HASH, "permissions": PERMISSIONS}, codes=(11, 102, 105))
def authenticate(call: ApiCall, login: str, password: Password) -> Fields:
    """Logs a member of the staff into the panel: the hash of a session that lasts 24 hours."""
    staff, credential = panel.log_in_to_panel(login=login, password=password, address=call.address)
    return {"hash": credential, "permissions": permissions_of(staff)}


@panel_call("panel/account/logout")
def log_out(call: PanelCall) -> None:
    """Ends the panel session that makes the call."""
    panel.log_out_of_panel(call.caller.digest)


@panel_call("panel/account/get_permissions", gives={"permissions": PERMISSIONS})
def get_permissions(call: PanelCall) -> Fields:
    """What the caller may do."""
    return {"permissions": permissions_of(call.caller.staff)}


@panel_call("panel/user/create", PanelPermission.CREATE_USERS, takes=WITH_COMMENT, gives={"id": ID}, codes=(206,))
def create_user(
    call: PanelCall, user: Annotated[Parameters, new_user({})], settings: NewSettings, password: Password
) -> Fields:
    """A new account."""
    return {"id": user_services.create_user(_read_profile(call, user), password, settings=stated(settings)).pk}


@panel_call("panel/user/list", PanelPermission.READ_USERS, gives=rows_of(PANEL_USER))
def list_users(
    call: PanelCall, page: UsersPage, hide_inactive: Annotated[bool, "only those that may log in"] | None = None
) -> Fields:
    """The accounts, by their masters."""
    users = page.fitting(_accounts().filter(is_active=True) if hide_inactive else _accounts())
    return {"list": _render_users(call, list(page.cut(users))), "count": users.count()}


@panel_call("panel/user/read", PanelPermission.READ_USERS, gives={"value": PANEL_USER})
def read_user(call: PanelCall, user: OneUser) -> Fields:
    """One account."""
    (value,) = _render_users(call, [user])
    return {"value": value}


@panel_call("panel/user/update", PanelPermission.UPDATE_USERS, takes=WITH_COMMENT, codes=(201, 206))
def update_user(call: PanelCall, user: Annotated[Parameters, known_user({})]) -> None:
    """Changes what is said of a user; what is left out stays. With `activated` false the account is logged out."""
    user_id = user.read("id", ID)
    profile = _read_profile(call, user)
    # What somebody is before the law stays as it was registered.
    profile = Profile(profile.user, {name: value for name, value in profile.contact.items() if name != "legal_type"})
    user_services.update_user(account_to_change(call.caller, user_id), profile)


@panel_call("panel/user/change_password", PanelPermission.UPDATE_USERS)
def change_password(call: PanelCall, user: UserToChange, password: Password) -> None:
    """Sets a user's password; the user's sessions end."""
    panel.set_password_of(user, password)


@panel_call(
    "panel/user/session/create",
    PanelPermission.UPDATE_USERS,
    PanelPermission.CREATE_USER_SESSIONS,
    gives={"hash": HASH},
    codes=(104, 275),
)
def create_user_session(call: PanelCall, user: UserToChange) -> Fields:
    """A session in which the caller acts as the user."""
    if not user.is_active:
        raise ApiError(ErrorCode.USER_BLOCKED)
    return {"hash": sessions.create_session(user)}


def _read_profile(call: PanelCall, document: Parameters) -> Profile:
    profile = read_profile(document)
    if not call.parameters.says("comment"):
        return profile
    comment = call.parameters.read("comment", _COMMENT, default="")
    return Profile(profile.user, {**profile.contact, "comment": comment})


def _render_users(call: PanelCall, users: Sequence[User]) -> list[Fields]:
    # The relation is named by the trackers, which point to their accounts.
    counted = User.objects.filter(pk__in=[user.pk for user in users]).annotate(count=Count("trackers"))
    counts = dict(counted.values_list("pk", "count"))
    return [_render_user(call, user, counts[user.pk]) for user in users]


def _render_user(call: PanelCall, user: User, trackers_count: int) -> Fields:
    contact = contact_of(user)
    return {
        **render_profile(user),
        "verified": contact.is_verified,
        "dealer_id": user.dealer_id,
        "balance": 0,
        "bonus": 0,
        "creation_date": call.date_of(user.created_at),
        "trackers_count": trackers_count,
        "comment": contact.comment,
    }

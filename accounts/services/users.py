"""Users: made, changed, blocked and removed, and the security groups of sub-users (api §2.5, §2.7, §2.9)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Q

from accounts.models import ApiKey, Contact, Dealer, SecurityGroup, Session, User
from accounts.notices import SettingsChanged, publish
from accounts.services.api_keys import end_api_keys
from accounts.services.credentials import announce_end
from accounts.services.profiles import Profile
from accounts.services.sessions import close_sessions, end_panel_sessions
from accounts.services.share_links import announce_end_of_account, end_where_not_permitted
from accounts.wire.errors import ApiError, ErrorCode, ParameterError, invalid_parameter
from accounts.wire.logout_causes import LogoutCause
from accounts.wire.rights import GRANTABLE_RIGHTS, Right

# So that nobody fills the database by way of one account.
MAX_SUB_USERS = 1000
MAX_SECURITY_GROUPS = 200
SETTINGS = ("time_zone", "locale", "measurement_system", "date_format", "hour_mode")
# Parameters that stand beside the `user` of a call.
BESIDE_USER = {*SETTINGS, "comment"}


# Users


@transaction.atomic
def save_user(
    user: User, *, changed: Collection[str], password_cause: LogoutCause = LogoutCause.PASSWORD_CHANGED
) -> None:
    """Stores a user whose fields `changed` have new values, and does what follows from them.

    `password_cause` is why sessions end if a new password is among them.
    """
    user.login = user.login.lower()
    # Only these: what another call changed meanwhile, a block above all, must not be undone.
    user.save(update_fields=_columns(changed) if user.pk else None)
    if "password" in changed:
        close_sessions(user.sessions.all(), password_cause)
    if {"password", "is_active", "is_staff"} & set(changed):
        end_panel_sessions(user)
    if "is_active" in changed and not user.is_active:
        close_sessions(Session.objects.filter(_whole_account(user)), LogoutCause.USER_BLOCKED)
        # Keys stay, for the day the user is activated again; until then they open nothing.
        keys = ApiKey.objects.select_related("user").filter(_whole_account(user))
        announce_end(keys, LogoutCause.USER_BLOCKED)
        announce_end_of_account(user, LogoutCause.USER_BLOCKED)
    if "security_group" in changed:
        end_where_not_permitted([user])
    if "time_zone" in changed:
        publish(user.account_id, SettingsChanged(user.pk, user.time_zone))


def set_activated(user: User, is_active: bool) -> None:
    """Lets a user log in, or blocks the user and ends the logins; a master takes the sub-users along."""
    user.is_active = is_active
    save_user(user, changed={"is_active"})


@transaction.atomic
def remove_user(user: User) -> None:
    """Removes a user; a master takes the sub-users and all that is the account's along."""
    hold_for_removal(user)
    for step in _before_removal:
        step(user)
    close_sessions(Session.objects.filter(_whole_account(user)), LogoutCause.USER_REMOVED)
    end_api_keys(ApiKey.objects.filter(_whole_account(user)), LogoutCause.USER_REMOVED)
    announce_end_of_account(user, LogoutCause.USER_REMOVED)
    user.delete()


def hold_for_removal(user: User) -> None:
    """Before a user is removed: whoever gives the account a tracker or a sub-user came first, or finds it gone."""
    list(User.objects.select_for_update().filter(pk=user.pk).values_list("pk"))


_before_removal: list[Callable[[User], None]] = []


def before_user_removal(step: Callable[[User], None]) -> Callable[[User], None]:
    """Registers what an app further to the right must do before a user is removed; in the same transaction."""
    _before_removal.append(step)
    return step


def _whole_account(user: User) -> Q:
    return Q(user=user) | Q(user__master=user)


@transaction.atomic
def update_settings(user: User, values: dict[str, str]) -> None:
    """Replaces a user's settings; what `values` leaves out goes back to its default (api §2.5).

    Raises ApiError INVALID_PARAMETERS for a value that is not allowed.
    """
    fresh = User()
    for name in SETTINGS:
        setattr(user, name, values.get(name, getattr(fresh, name)))
    try:
        # Nothing else: what was stored under older rules is no fault of these settings.
        user.clean_fields(exclude={field.name for field in User._meta.fields} - set(SETTINGS))
    except ValidationError as error:
        raise invalid_values(error.message_dict) from error
    save_user(user, changed=SETTINGS)


def check_password(password: str, user: User, *, parameter: str = "new_password") -> None:
    """Raises ApiError INVALID_PARAMETERS, naming the parameter, for a password too weak for this user."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise invalid_values({parameter: error.messages}) from error


def save_dealer(dealer: Dealer) -> None:
    """Stores a dealer. Blocking one refuses new logins of its users; those there are go on."""
    dealer.save()


def _columns(names: Collection[str]) -> list[str]:
    return [name for name in names if not User._meta.get_field(name).many_to_many]


def invalid_values(messages: dict[str, Any]) -> ApiError:
    """Code 7 for what Django's validation found, by field."""
    errors = [ParameterError(name, " ".join(texts)) for name, texts in messages.items()]
    return ApiError(ErrorCode.INVALID_PARAMETERS, errors)


@transaction.atomic
def create_user(
    profile: Profile, password: str | None, *, master: User | None = None, settings: Mapping[str, str] | None = None
) -> User:
    """A new user with these settings, below a master or with an account of its own; None: without a password.

    Raises ApiError: INVALID_PARAMETERS for what cannot be, LOGIN_IN_USE for a login that is in use, NOT_FOUND for a
    security group that is gone.
    """
    _hold_group(profile.user.get("security_group"))
    user = User(master=master, **profile.user, **(settings or {}))
    _check(user, {"login", *profile.user, *(settings or ())})
    if password is not None:
        check_password(password, user, parameter="password")
    user.set_password(password)
    _store(user, ())
    # Whoever may log in is taken for verified unless it is said.
    _store_contact(user, {"is_verified": user.is_active, **profile.contact})
    return user


@transaction.atomic
def update_user(user: User, profile: Profile) -> None:
    """Gives a user the values of the profile, and does what follows from them: one who is blocked is logged out.

    Raises ApiError INVALID_PARAMETERS, LOGIN_IN_USE and NOT_FOUND, as `create_user` does, and NOT_FOUND when the user
    is gone.
    """
    # In this order: whoever removes a group has it before its users.
    _hold_group(profile.user.get("security_group"))
    hold_user(user)
    for name, value in profile.user.items():
        setattr(user, name, value)
    if profile.user:
        _check(user, profile.user)
        _store(user, profile.user)
    if profile.contact:
        _store_contact(user, profile.contact)


def save_contact(contact: Contact) -> None:
    """Stores what is noted of a user."""
    contact.save()


@transaction.atomic
def register_sub_user(account_id: int, profile: Profile, password: str) -> User:
    """A new sub-user.

    Raises ApiError INVALID_PARAMETERS, LOGIN_IN_USE, NOT_FOUND, and OVER_QUOTA when the account has as many as allowed.
    """
    return create_sub_user(lock_account(account_id), profile, password)


def create_sub_user(
    master: User, profile: Profile, password: str | None, *, settings: Mapping[str, str] | None = None
) -> User:
    """A new sub-user of a master that is locked. Raises ApiError as `register_sub_user` does."""
    if master.sub_users.count() >= MAX_SUB_USERS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    return create_user(profile, password, master=master, settings=settings)


def hold_user(user: User) -> None:
    """Nobody else changes or removes the user until the transaction ends.

    Raises ApiError NOT_FOUND when somebody did.
    """
    if User.objects.select_for_update(no_key=True).filter(pk=user.pk).first() is None:
        raise ApiError(ErrorCode.NOT_FOUND)


def lock_account(account_id: int) -> User:
    """The master, who gets no other sub-user or group until the transaction ends.

    Raises ApiError SESSION_ENDED for one gone.
    """
    master = User.objects.select_for_update().filter(pk=account_id).first()
    if master is None:
        raise ApiError(ErrorCode.SESSION_ENDED)
    return master


def _store(user: User, changed: Collection[str]) -> None:
    if User.objects.filter(login=user.login.lower()).exclude(pk=user.pk).exists():
        raise ApiError(ErrorCode.LOGIN_IN_USE)
    try:
        with transaction.atomic():
            save_user(user, changed=changed)
    except IntegrityError as error:  # somebody was faster
        raise ApiError(ErrorCode.LOGIN_IN_USE) from error


def _store_contact(user: User, values: Mapping[str, str | bool]) -> None:
    # Not the one that came along with the user: it may have changed since.
    contact = Contact.objects.filter(user=user).first() or Contact(user=user)
    for name, value in values.items():
        setattr(contact, name, value)
    _check(contact, values)
    save_contact(contact)


def _check(row: models.Model, names: Iterable[str]) -> None:
    """Raises ApiError INVALID_PARAMETERS for values of these fields that the model does not allow."""
    checked = set(names)
    try:
        row.clean_fields(exclude={field.name for field in row._meta.fields} - checked)
    except ValidationError as error:
        places = {name: name if name in BESIDE_USER else f"user.{name}" for name in error.message_dict}
        raise invalid_values({places[name]: texts for name, texts in error.message_dict.items()}) from error


# Security groups


@transaction.atomic
def create_security_group(account_id: int, label: str, rights: Collection[Right]) -> SecurityGroup:
    """A new group.

    Raises ApiError INVALID_PARAMETERS for `admin`, which is of masters only, and OVER_QUOTA when there are too many.
    """
    account = lock_account(account_id)
    if account.security_groups.count() >= MAX_SECURITY_GROUPS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    group = SecurityGroup(account=account)
    update_security_group(group, label, rights)
    return group


def update_security_group(group: SecurityGroup, label: str, rights: Collection[Right]) -> None:
    """Gives a group another label and other rights, which hold at once.

    Raises ApiError INVALID_PARAMETERS for `admin`.
    """
    if not GRANTABLE_RIGHTS.issuperset(rights):
        raise invalid_parameter("group.privileges.rights", f"must not have {Right.ADMIN}")
    group.label, group.rights = label, sorted(rights)
    save_security_group(group)


@transaction.atomic
def save_security_group(group: SecurityGroup) -> None:
    """Stores a group."""
    is_known = group.pk is not None
    group.save()
    if is_known:
        end_where_not_permitted(group.sub_users.select_related("security_group"))


@transaction.atomic
def remove_security_group(group: SecurityGroup) -> None:
    """Removes a group; its sub-users have no rights then."""
    # Whoever is about to put a sub-user into it comes before this, or finds it gone.
    list(SecurityGroup.objects.select_for_update().filter(pk=group.pk).values_list("pk"))
    members = [user.pk for user in group.sub_users.all()]
    group.delete()
    end_where_not_permitted(User.objects.select_related("security_group").filter(pk__in=members))


@transaction.atomic
def assign_security_group(account_id: int, sub_user_ids: Collection[int], group: SecurityGroup | None) -> None:
    """Puts sub-users into a group, or into none.

    Raises ApiError: NONEXISTENT_ENTITIES unless all are the account's, NOT_FOUND when the group is gone.
    """
    _hold_group(group)
    wanted = set(sub_user_ids)
    sub_users = list(User.objects.filter(master_id=account_id, pk__in=wanted))
    if len(sub_users) < len(wanted):
        raise ApiError(ErrorCode.NONEXISTENT_ENTITIES)
    for sub_user in sub_users:
        sub_user.security_group = group
        save_user(sub_user, changed={"security_group"})


def _hold_group(group: SecurityGroup | None) -> None:
    """Nobody removes the group until the transaction ends. Raises ApiError NOT_FOUND when somebody did."""
    if group is None:
        return
    if SecurityGroup.objects.select_for_update(no_key=True).filter(pk=group.pk).first() is None:
        raise ApiError(ErrorCode.NOT_FOUND)

"""Making and changing users for a master or the staff, and the security groups of sub-users (api §2.7, §2.9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from accounts.models import Contact, SecurityGroup, User
from accounts.services.profiles import Profile
from accounts.services.sessions import SETTINGS, check_password, invalid_values, save_user
from accounts.wire.errors import ApiError, ErrorCode, invalid_parameter
from accounts.wire.rights import GRANTABLE_RIGHTS, Right

# So that nobody fills the database by way of one account.
MAX_SUB_USERS = 1000
MAX_SECURITY_GROUPS = 200
# Parameters that stand beside the `user` of a call.
BESIDE_USER = {*SETTINGS, "comment"}


# Users


@transaction.atomic
def create_user(
    profile: Profile, password: str, *, master: User | None = None, settings: Mapping[str, str] | None = None
) -> User:
    """A new user with these settings, below a master or with an account of its own.

    Raises ApiError: INVALID_PARAMETERS for what cannot be, LOGIN_IN_USE for a login that is in use, NOT_FOUND for a
    security group that is gone.
    """
    _hold_group(profile.user.get("security_group"))
    user = User(master=master, **profile.user, **(settings or {}))
    _check(user, {"login", *profile.user, *(settings or ())})
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
    master = _lock_master(account_id)
    if master.sub_users.count() >= MAX_SUB_USERS:
        raise ApiError(ErrorCode.OVER_QUOTA)
    return create_user(profile, password, master=master)


def hold_user(user: User) -> None:
    """Nobody else changes or removes the user until the transaction ends.

    Raises ApiError NOT_FOUND when somebody did.
    """
    if User.objects.select_for_update(no_key=True).filter(pk=user.pk).first() is None:
        raise ApiError(ErrorCode.NOT_FOUND)


def _lock_master(account_id: int) -> User:
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
    account = _lock_master(account_id)
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


def save_security_group(group: SecurityGroup) -> None:
    """Stores a group."""
    group.save()


@transaction.atomic
def remove_security_group(group: SecurityGroup) -> None:
    """Removes a group; its sub-users have no rights then."""
    # Whoever is about to put a sub-user into it comes before this, or finds it gone.
    list(SecurityGroup.objects.select_for_update().filter(pk=group.pk).values_list("pk"))
    group.delete()


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

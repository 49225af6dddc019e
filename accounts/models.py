"""Who may use the API: users, their sessions and API keys, and the dealers they belong to."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.wire.characters import isolate, refuse_unseen
from accounts.wire.rights import GRANTABLE_RIGHTS, NO_RIGHTS, Right


def validate_time_zone(name: str) -> None:
    """Raises ValidationError unless `name` is a zone of the tz database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a missing zone, a path out of the database, a folder
        raise ValidationError("unknown time zone") from error


def validate_rights(rights: object) -> None:
    """Raises ValidationError unless `rights` is a list of different rights that a group may have."""
    if not isinstance(rights, list) or not all(isinstance(right, str) for right in rights):
        raise ValidationError("must be a list of rights")
    if unknown := sorted(set(rights) - GRANTABLE_RIGHTS):
        raise ValidationError(f"no rights of a group: {', '.join(unknown)}")
    if len(set(rights)) < len(rights):
        raise ValidationError("must not repeat a right")


def validate_seen(text: str) -> None:
    """Raises ValidationError for a text with what cannot be seen, or what shows it as another one (api §1.5)."""
    if (refusal := refuse_unseen(text)) is not None:
        raise ValidationError(refusal)


class Dealer(models.Model):
    """A reseller; while it is blocked none of its users can log in."""

    title = models.CharField(max_length=100, validators=[validate_seen])
    is_blocked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return isolate(self.title)


class UserManager(BaseUserManager["User"]):
    """Creates users; a login is stored in lower case."""

    def create_user(self, login: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(login=login.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, login: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(login, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(login=(username or "").lower())


class MeasurementSystem(models.TextChoices):
    METRIC = "metric"
    IMPERIAL = "imperial"
    US = "us"
    METRIC_GAL_US = "metric_gal_us"
    NAUTICAL = "nautical"


class DateFormat(models.TextChoices):
    DMY_DOTS = "ddMMyyyy_dots"
    DMY_SLASHES = "ddMMyyyy_slashes"
    MDY_HYPHENS = "MMddyyyy_hyphens"
    YMD_HYPHENS = "yyyyMMdd_hyphens"
    DAY_SHORT_MONTH = "dMMMy"
    DAY_LONG_MONTH = "dMMMMy"


class HourMode(models.TextChoices):
    TWENTY_FOUR_HOURS = "TWENTY_FOUR_HOURS"
    TWELVE_HOURS = "TWELVE_HOURS"


class User(AbstractBaseUser, PermissionsMixin):
    """A login. An account is a user without a master, together with the sub-users whose master it is."""

    login = models.EmailField(
        unique=True, validators=[validate_seen], error_messages={"unique": "login already in use"}
    )
    title = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    first_name = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    last_name = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    phone = models.CharField(max_length=32, blank=True, validators=[validate_seen])
    master = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        limit_choices_to={"master": None},
        related_name="sub_users",
        help_text="of a sub-user; empty for a master",
    )
    dealer = models.ForeignKey(Dealer, models.PROTECT, null=True, blank=True)
    security_group = models.ForeignKey(
        "SecurityGroup",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="sub_users",
        help_text="the rights of a sub-user; empty: none",
    )
    is_active = models.BooleanField("activated", default=True, help_text="may log in")
    is_staff = models.BooleanField("staff", default=False, help_text="may use this admin")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    has_second_factor = models.BooleanField(
        "second factor", default=False, help_text="a login of the API needs a code, which is mailed to the login"
    )

    time_zone = models.CharField(max_length=64, default="UTC", validators=[validate_time_zone])
    locale = models.CharField(max_length=8, default="en")
    measurement_system = models.CharField(
        max_length=16, choices=MeasurementSystem.choices, default=MeasurementSystem.METRIC
    )
    date_format = models.CharField(max_length=24, choices=DateFormat.choices, blank=True)
    hour_mode = models.CharField(max_length=24, choices=HourMode.choices, default=HourMode.TWENTY_FOUR_HOURS)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "login"

    class Meta:
        constraints = [models.UniqueConstraint(Lower("login"), name="login_in_any_case_is_unique")]

    def __str__(self) -> str:
        return isolate(self.login)

    @property
    def account_id(self) -> int:
        """The id of the master user, who stands for the whole account."""
        return self.master_id or self.pk

    @property
    def may_log_in(self) -> bool:
        """A sub-user may not when the master may not."""
        return self.is_active and (self.master is None or self.master.is_active)

    @property
    def may_use_panel(self) -> bool:
        """Whether the calls of the panel are open to this user, each by a permission of its own (api §2.9)."""
        return self.is_staff and self.may_log_in

    @property
    def is_of_staff(self) -> bool:
        """Whether to become this user is a way into the admin, at once or later."""
        return self.is_staff or self.is_superuser

    @property
    def granted_rights(self) -> frozenset[Right]:
        """What the security group lets a sub-user change; a master needs no group."""
        return NO_RIGHTS if self.security_group is None else frozenset(map(Right, self.security_group.rights))


class SecurityGroup(models.Model):
    """A named set of rights, for sub-users of one account (api §2.7)."""

    account = models.ForeignKey(User, models.CASCADE, related_name="security_groups", limit_choices_to={"master": None})
    label = models.CharField(max_length=100, validators=[validate_seen])
    rights = models.JSONField(default=list, blank=True, validators=[validate_rights])

    def __str__(self) -> str:
        return f"{isolate(self.label)} of {self.account}"


class LegalType(models.TextChoices):
    INDIVIDUAL = "individual"
    LEGAL_ENTITY = "legal_entity"
    SOLE_TRADER = "sole_trader"


class Contact(models.Model):
    """What is noted of a user beside the login: nothing here depends on it, so not everybody reads it along."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="contact")
    is_verified = models.BooleanField("verified", default=True, help_text="the e-mail address is known to be theirs")
    legal_type = models.CharField(max_length=16, choices=LegalType.choices, default=LegalType.INDIVIDUAL)
    legal_name = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    middle_name = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    post_country = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    post_index = models.CharField(max_length=32, blank=True, validators=[validate_seen])
    post_region = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    post_city = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    post_street_address = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    registered_country = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    registered_index = models.CharField(max_length=32, blank=True, validators=[validate_seen])
    registered_region = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    registered_city = models.CharField(max_length=100, blank=True, validators=[validate_seen])
    registered_street_address = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    state_reg_num = models.CharField("registration number", max_length=15, blank=True, validators=[validate_seen])
    tin = models.CharField("tax number", max_length=32, blank=True, validators=[validate_seen])
    okpo_code = models.CharField("OKPO code", max_length=32, blank=True, validators=[validate_seen])
    iec = models.CharField("industrial classifier", max_length=32, blank=True, validators=[validate_seen])
    comment = models.CharField(max_length=255, blank=True, validators=[validate_seen])

    def __str__(self) -> str:
        return f"contact of {self.user}"


class SessionKind(models.TextChoices):
    """What the hash of a session opens (api §2.8)."""

    STANDARD = "standard", "login"
    SECOND_FACTOR = "second_factor", "login that waits for its code"
    RESTORE = "restore", "password restore"


class Session(models.Model):
    """A login, found by its hash. It ends at a fixed time; using it does not move that time (api §2.2).

    The other kinds open a few calls each, and only those.
    """

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    kind = models.CharField(max_length=16, choices=SessionKind.choices, default=SessionKind.STANDARD)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk} of {self.user}"


class MailedCode(models.Model):
    """The code that a login waits for; another one takes its place when it is mailed again."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="code")
    digest = models.CharField(max_length=64)
    wrong_answers = models.PositiveSmallIntegerField(default=0)
    resent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"code of {self.session}"


class Invitation(models.Model):
    """That an account had a letter sent to somebody whom it invites: they are counted for an hour."""

    account = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"invitation by {self.account}"


class LoginAttempt(models.Model):
    """A login that failed, or has not succeeded yet; login and address are keyed digests, as neither is proved."""

    login = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["login", "address", "at"], name="attempts_of_login"),
            models.Index(fields=["address", "at"], name="attempts_of_address"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.pk}"


class KnownAddress(models.Model):
    """That a login succeeded from an address; both are keyed digests."""

    login = models.CharField(max_length=64)
    address = models.CharField(max_length=64)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["login", "address"], name="address_is_known_once")]

    def __str__(self) -> str:
        return f"known address {self.pk}"


class PanelSession(models.Model):
    """A login of the panel's calls, by one of the staff (api §2.9). Its hash opens nothing else."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="panel_sessions")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"panel session {self.pk} of {self.user}"


class ShareLink(models.Model):
    """A credential that lets whoever has it see some trackers of an account, and nothing else, for a time (api §2.10).

    It sees no more than the user who made it, who must have the right to make one.
    """

    digest = models.CharField(max_length=64, unique=True)
    first_characters = models.CharField(max_length=4, help_text="to tell links apart; the rest is not stored")
    user = models.ForeignKey(User, models.CASCADE, related_name="share_links")
    description = models.CharField(max_length=255, blank=True, validators=[validate_seen])
    is_enabled = models.BooleanField("enabled", default=True)
    created_at = models.DateTimeField(default=timezone.now)
    begins_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
    trackers = models.JSONField(default=list)
    """As the API shows them: `tracker_id`, `alias`, and `params` with `object_data`."""
    params = models.JSONField(default=dict)

    def __str__(self) -> str:
        return isolate(self.description) or f"share link {self.pk}"


class ApiKey(models.Model):
    """A credential that acts with the rights of its owner and never expires (api §2.6)."""

    digest = models.CharField(max_length=64, unique=True)
    first_characters = models.CharField(max_length=4, help_text="to tell keys apart; the rest is not stored")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    title = models.CharField(max_length=255, validators=[validate_seen])
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return isolate(self.title)

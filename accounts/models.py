"""Who may use the API: users, their sessions and API keys, and the dealers they belong to."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


def validate_time_zone(name: str) -> None:
    """Raises ValidationError unless `name` is a zone of the tz database."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # a missing zone, a path out of the database, a folder
        raise ValidationError("unknown time zone") from error


class Dealer(models.Model):
    """A reseller; while it is blocked none of its users can log in."""

    title = models.CharField(max_length=100)
    is_blocked = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.title


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

    login = models.EmailField(unique=True, error_messages={"unique": "login already in use"})
    title = models.CharField(max_length=100, blank=True)
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=32, blank=True)
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
    is_active = models.BooleanField("activated", default=True, help_text="may log in")
    is_staff = models.BooleanField("staff", default=False, help_text="may use this admin")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

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
        return self.login

    @property
    def account_id(self) -> int:
        """The id of the master user, who stands for the whole account."""
        return self.master_id or self.pk

    @property
    def may_log_in(self) -> bool:
        """A sub-user may not when the master may not."""
        return self.is_active and (self.master is None or self.master.is_active)


class Session(models.Model):
    """A login, found by its hash. It ends at a fixed time; using it does not move that time (contract 2.2)."""

    digest = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"session {self.pk} of {self.user}"


class ApiKey(models.Model):
    """A credential that acts with the rights of its owner and never expires (contract 2.6)."""

    digest = models.CharField(max_length=64, unique=True)
    first_characters = models.CharField(max_length=4, help_text="to tell keys apart; the rest is not stored")
    user = models.ForeignKey(User, models.CASCADE, related_name="api_keys")
    title = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.title

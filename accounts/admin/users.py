"""Users, sessions and keys in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from accounts.admin.login_form import AdminLoginForm
from accounts.admin.words import word_for
from accounts.models import ApiKey, Dealer, SecurityGroup, Session, User
from accounts.services import api_keys, sessions
from accounts.services.attempts import forget_attempts
from accounts.services.invitations import invite_again
from accounts.services.users import remove_user, save_dealer, save_user, set_activated
from accounts.wire.errors import ApiError, ErrorCode

# Why the action "Invite" refuses.
REFUSALS = {
    ErrorCode.NOT_FOUND: "has a password already",
    ErrorCode.USER_BLOCKED: "may not log in",
    ErrorCode.TOO_MANY_REQUESTS: "the account has invited too many within the hour",
}

admin.site.site_header = "Fleetsphere"
admin.site.site_title = "Fleetsphere"
admin.site.login_form = AdminLoginForm


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "security_group" in self.fields:  # not for somebody who may only look
            groups = SecurityGroup.objects.filter(account=self.instance.master_id)
            self.fields["security_group"].queryset = groups  # type: ignore[attr-defined]


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("login", "master")


class NewApiKeyForm(ModelForm):
    class Meta:
        model = ApiKey
        fields = ("user", "title")

    def clean_user(self) -> User:
        user: User = self.cleaned_data["user"]
        if user.api_keys.count() >= api_keys.MAX_API_KEYS:
            raise ValidationError("has as many keys as allowed")
        return user


class PasswordForm(AdminPasswordChangeForm):
    """Sets the password through the service, so that the user's logins end and their clients hear of it."""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        if commit:
            save_user(user, changed={"password"})
        return user


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    change_password_form = PasswordForm
    list_display = ("login", "title", "master", "is_active", word_for("is_staff", "staff"), "created_at")
    list_filter = ("is_active", "is_staff", ("master", admin.EmptyFieldListFilter), "dealer")
    search_fields = ("login", "title", "first_name", "last_name", "phone")
    ordering = ("login",)
    autocomplete_fields = ("master",)
    readonly_fields = ("created_at", "last_login")
    filter_horizontal = ("groups", "user_permissions")
    actions = ("activate", "block", "end_sessions", "forgive", "invite")
    fieldsets = (
        (None, {"fields": ("login", "password", "title", "first_name", "last_name", "phone")}),
        ("Account", {"fields": ("is_active", "has_second_factor", "master", "security_group", "dealer", "created_at")}),
        (
            "Settings",
            {"fields": ("time_zone", "locale", "measurement_system", "date_format", "hour_mode")},
        ),
        (
            "Administration",
            {"fields": ("is_staff", "is_superuser", "groups", "user_permissions", "last_login")},
        ),
    )
    add_fieldsets = ((None, {"fields": ("login", "master", "usable_password", "password1", "password2")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        # A user who changed the account would keep logins and trackers of the old one.
        return (*self.readonly_fields, "master") if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: User, form: ModelForm, change: bool) -> None:
        save_user(obj, changed=form.changed_data if change else ())

    @admin.action(description="Activate: let the selected users log in", permissions=["change"])
    def activate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            set_activated(user, True)

    @admin.action(description="Block: end the logins of the selected users and refuse new ones", permissions=["change"])
    def block(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            set_activated(user, False)

    @admin.action(description="Log out: end the sessions of the selected users", permissions=["change"])
    def end_sessions(self, request: HttpRequest, users: QuerySet[User]) -> None:
        count = sessions.close_sessions(Session.objects.filter(user__in=users))
        for user in users:
            sessions.end_panel_sessions(user)
        messages.success(request, f"{count} sessions ended.")

    @admin.action(description="Forgive: forget the wrong passwords of the selected users", permissions=["change"])
    def forgive(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            forget_attempts(user.login)

    @admin.action(description="Invite: mail a link to set a password by to who has none yet", permissions=["change"])
    def invite(self, request: HttpRequest, users: QuerySet[User]) -> None:
        for user in users:
            try:
                invite_again(user)
            except ApiError as error:
                messages.error(request, f"{user} was not invited: {REFUSALS.get(error.code, error.code.description)}.")
            else:
                messages.success(request, f"A link is mailed to {user}.")

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        remove_user(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        # A master first: it takes its sub-users along, and they are gone then.
        for user in queryset.order_by(F("master").asc(nulls_first=True)):
            if User.objects.filter(pk=user.pk).exists():
                remove_user(user)


@admin.register(Session)
class SessionAdmin(admin.ModelAdmin):
    """Logins of the API. Deleting one ends it, and its clients hear of it."""

    list_display = ("user", "kind", "created_at", "expires_at")
    list_filter = ("kind",)
    search_fields = ("user__login",)
    list_select_related = ("user",)
    ordering = ("-created_at",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Session) -> None:
        sessions.close_sessions(Session.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        sessions.close_sessions(queryset)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """API keys. The key itself is shown once, after it was made."""

    form = NewApiKeyForm
    list_display = ("title", "user", "first_characters", "created_at")
    search_fields = ("title", "user__login")
    list_select_related = ("user",)
    fields = ("user", "title")
    autocomplete_fields = ("user",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm, change: bool) -> None:
        key, credential = api_keys.create_api_key(obj.user, obj.title)
        obj.pk = key.pk
        messages.warning(request, f"The key is {credential}. It is shown only now.")

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        api_keys.end_api_keys(ApiKey.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        api_keys.end_api_keys(queryset)


@admin.register(Dealer)
class DealerAdmin(admin.ModelAdmin):
    list_display = ("title", "is_blocked")
    search_fields = ("title",)

    def save_model(self, request: HttpRequest, obj: Dealer, form: ModelForm, change: bool) -> None:
        save_dealer(obj)

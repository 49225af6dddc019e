"""Trackers in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.filters import ACCOUNT, ByAccount
from accounts.admin.transfer import TransferAdmin
from accounts.admin.words import word_for
from accounts.models import User
from trackers.admin.access import AccessActions
from trackers.admin.files import TrackerResource
from trackers.admin.pairing import PairingViews, pairing_link
from trackers.engine.counters import CounterType
from trackers.engine.state import ConnectionStatus, State
from trackers.models import Counter, Group, Source, Tracker
from trackers.rendering.device_models import PHONE, refuse_device_id
from trackers.services import trackers as services
from trackers.services.settings import save_counter

DEVICE_ID = Source._meta.get_field("device_id")


class NewTrackerForm(forms.ModelForm):
    """A tracker and its device in one step."""

    device_id = forms.CharField(max_length=64, validators=DEVICE_ID.validators, help_text=DEVICE_ID.help_text)
    model = forms.CharField(max_length=64, initial="osmand")
    phone = forms.CharField(max_length=32, required=False)
    has_odometer = forms.BooleanField(
        label="odometer", initial=True, required=False, help_text="counts the kilometres that it drives"
    )

    class Meta:
        model = Tracker
        fields = ("account", "label", "group")

    def clean_device_id(self) -> str:
        device_id: str = self.cleaned_data["device_id"]
        if Source.objects.filter(device_id=device_id).exists():
            raise ValidationError("another source has this device id")
        return device_id

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"].replace(" ", "")
        if text and not PHONE.fullmatch(text):
            raise ValidationError("5 to 15 digits")
        phone = text.removeprefix("+")
        if phone and Source.objects.filter(phone=phone).exists():
            raise ValidationError("another source has this phone")
        return phone

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        check_group(cleaned.get("account"), cleaned.get("group"))
        if "device_id" in cleaned and (refusal := refuse_device_id(cleaned["device_id"], cleaned.get("model", ""))):
            self.add_error("device_id", refusal)
        return cleaned


class TrackerForm(forms.ModelForm):
    """What of a tracker may be changed later."""

    class Meta:
        model = Tracker
        fields = ("label", "group", "sub_users")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "sub_users" not in self.fields:
            return  # shown to somebody who may only look
        self.fields["sub_users"].queryset = User.objects.filter(master=self.instance.account_id)  # type: ignore[attr-defined]
        self.fields["group"].queryset = Group.objects.filter(account=self.instance.account_id)  # type: ignore[attr-defined]


def check_group(account: User | None, group: Group | None) -> None:
    """Raises ValidationError for a group of another account."""
    if group is not None and group.account != account:
        raise ValidationError({"group": "the group belongs to another account"})


class ConnectionFilter(admin.SimpleListFilter):
    title = "connection"
    parameter_name = "connection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(status, status.replace("_", " ")) for status in ConnectionStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Tracker]) -> QuerySet[Tracker]:
        status = self.value()
        return queryset.filter(source__state__connection_status=status) if status else queryset


@admin.register(Tracker)
class TrackerAdmin(ByAccount, AccessActions, PairingViews, TransferAdmin, admin.ModelAdmin):
    resource_classes = (TrackerResource,)
    form = TrackerForm
    list_display = (
        "label",
        "account",
        "device_id",
        "state",
        "heard",
        word_for("is_clone", "clone"),
    )
    list_filter = ("source__is_blocked", ConnectionFilter, "is_clone", ACCOUNT)
    search_fields = ("label", "source__device_id", "source__phone", "account__login", "group__title")
    list_select_related = ("account", "source__state")
    autocomplete_fields = ("account",)
    filter_horizontal = ("sub_users",)
    actions = (
        "block",
        "unblock",
        "bind",
        "unbind",
        "move",
        "clone",
        "require_key",
        "require_no_key",
        "remove",
    )
    readonly_fields = (
        "account",
        "device_id",
        "blocked",
        "needs_key",
        "pairing",
        "original",
        "connection",
        "movement",
        "heard",
        "position",
    )

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else NewTrackerForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("account", "label", "group", "device_id", "model", "phone", "has_odometer")
        return ("label", "group", "sub_users", *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    @admin.display(ordering="source__device_id")
    def device_id(self, tracker: Tracker) -> str:
        return tracker.source.device_id

    @admin.display(ordering="source__state__connection_status")
    def state(self, tracker: Tracker) -> str:
        """How it is, in the room that a list has."""
        state = tracker.source.state
        known = f"{state.connection_status}, {state.movement_status}".replace("_", " ")
        return "blocked" if tracker.source.is_blocked else known

    @admin.display(ordering="source__state__last_update", description="heard (UTC)")
    def heard(self, tracker: Tracker) -> str:
        moment = tracker.source.state.last_update
        return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"

    @admin.display()
    def blocked(self, tracker: Tracker) -> str:
        return "blocked" if tracker.source.is_blocked else ""

    @admin.display(description="reports")
    def needs_key(self, tracker: Tracker) -> str:
        return "must bring a key" if tracker.source.ingest_key_digest else "need no key"

    @admin.display()
    def original(self, tracker: Tracker) -> str:
        return "no: a clone" if tracker.is_clone else "yes"

    @admin.display(description="phone")
    def pairing(self, tracker: Tracker) -> str:
        return pairing_link(tracker)

    @admin.display()
    def connection(self, tracker: Tracker) -> str:
        return tracker.source.state.connection_status

    @admin.display()
    def movement(self, tracker: Tracker) -> str:
        return tracker.source.state.movement_status

    @admin.display()
    def position(self, tracker: Tracker) -> str:
        state: State = tracker.source.state.state
        if state.gps is None:
            return "none yet"
        return f"{state.gps.latitude:.5f}, {state.gps.longitude:.5f} at {state.gps.updated:%Y-%m-%d %H:%M:%S} UTC"

    def save_model(self, request: HttpRequest, obj: Tracker, form: forms.ModelForm, change: bool) -> None:
        if change:
            services.update_tracker(obj, label=obj.label, group=obj.group)
            return
        fields = form.cleaned_data
        tracker = services.register_tracker(
            account=obj.account,
            device_id=fields["device_id"],
            label=obj.label,
            group=obj.group,
            model=fields["model"],
            phone=fields["phone"],
        )
        if fields["has_odometer"]:
            save_counter(Counter(source=tracker.source, counter_type=CounterType.ODOMETER))
        obj.pk, obj.source = tracker.pk, tracker.source

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        if change:
            services.bind_sub_users(form.instance, form.cleaned_data["sub_users"])

    @admin.action(description="Block: refuse reports, hide the states", permissions=["change"])
    def block(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> None:
        for tracker in trackers:
            services.set_blocked(tracker.source_id, is_blocked=True)

    @admin.action(description="Unblock", permissions=["change"])
    def unblock(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> None:
        for tracker in trackers:
            services.set_blocked(tracker.source_id, is_blocked=False)

    @admin.action(
        description="Require an ingest key: reports must bring a new one, the same for all selected",
        permissions=["change"],
    )
    def require_key(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> None:
        credential = services.set_ingest_key(_source_ids(trackers))
        messages.warning(request, f"The ingest key is {credential}. It is shown only now.")

    @admin.action(description="Require no ingest key", permissions=["change"])
    def require_no_key(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> None:
        services.clear_ingest_key(_source_ids(trackers))

    @admin.action(description="Remove: the tracker, its clones and its source", permissions=["delete"])
    def remove(self, request: HttpRequest, trackers: QuerySet[Tracker]) -> None:
        count = self._remove(trackers)
        messages.success(request, f"{count} trackers removed.")

    def delete_model(self, request: HttpRequest, obj: Tracker) -> None:
        services.remove_tracker(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Tracker]) -> None:
        self._remove(queryset)

    def _remove(self, trackers: QuerySet[Tracker]) -> int:
        # Clones first: they go with their original otherwise, and would be looked for in vain.
        chosen = list(trackers.select_related("source").order_by("-is_clone"))
        for tracker in chosen:
            services.remove_tracker(tracker)
        return len(chosen)


def _source_ids(trackers: QuerySet[Tracker]) -> list[int]:
    return list(trackers.values_list("source_id", flat=True))


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    list_display = ("title", "account", "color")
    search_fields = ("title", "account__login")
    autocomplete_fields = ("account",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # Its trackers would stay behind in a group of another account.
        return ("account",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Group, form: forms.ModelForm, change: bool) -> None:
        services.save_group(obj)

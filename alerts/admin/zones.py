"""Zones in the Django admin: imported from files, renamed and removed; every change goes through the services."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.filters import ACCOUNT, ByAccount
from accounts.wire.errors import ApiError
from alerts.geometry.drawings import MAX_RADIUS_M, ZoneShape
from alerts.geometry.foreign import DEFAULT_RADIUS_M, MIN_DEFAULT_RADIUS_M
from alerts.geometry.geojson import read_geojson
from alerts.geometry.kml import read_kml
from alerts.models import AlertRule, Zone, ZoneAccess
from alerts.services import zone_access, zones
from alerts.storage.zones import drawing_of

# A form with it is below INGEST_MAX_BYTES, what the processes and the proxy take at most.
MAX_FILE_BYTES = 3 * 1024 * 1024


class ImportForm(forms.ModelForm):
    """A file with zones of an account."""

    file = forms.FileField(help_text="GeoJSON, KML or KMZ of at most 3 MiB; points become circles, lines corridors")
    default_radius = forms.IntegerField(
        initial=DEFAULT_RADIUS_M,
        min_value=MIN_DEFAULT_RADIUS_M,
        max_value=MAX_RADIUS_M,
        help_text="metres, where the file says none",
    )
    thins = forms.BooleanField(
        label="leave points out",
        required=False,
        help_text="of borders with more than 500 and lines with more than 1024; they are refused otherwise",
    )

    class Meta:
        model = Zone
        fields = ("account",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "file" in cleaned and "default_radius" in cleaned:
            cleaned["drawings"] = self._drawings(cleaned)
        return cleaned

    def _drawings(self, cleaned: dict[str, Any]) -> list[Any]:
        data = cleaned["file"].read(MAX_FILE_BYTES + 1)
        if len(data) > MAX_FILE_BYTES:
            raise ValidationError({"file": f"larger than {MAX_FILE_BYTES // 1024 // 1024} MiB"})
        read = read_geojson if data.lstrip()[:1] in (b"{", b"[") else read_kml
        try:
            drawings = read(data, default_radius_m=cleaned["default_radius"], thins=cleaned["thins"])
        except ApiError as error:
            raise ValidationError({"file": error.code.description}) from error
        if not drawings:
            raise ValidationError({"file": "no zones are in it"})
        return drawings


class ZoneForm(forms.ModelForm):
    """What of a zone can be changed without a map."""

    class Meta:
        model = Zone
        fields = ("label", "address", "color", "radius_m")

    def clean_radius_m(self) -> float | None:
        radius_m: float | None = self.cleaned_data["radius_m"]
        if (radius_m is None) is not (self.instance.shape == ZoneShape.POLYGON):
            raise ValidationError("a circle or sausage has one, a polygon none")
        return radius_m


@admin.register(Zone)
class ZoneAdmin(ByAccount, admin.ModelAdmin):
    form = ZoneForm
    list_display = ("label", "account", "shape", "radius_m", "point_count", "address")
    list_filter = ("shape", ACCOUNT)
    search_fields = ("label", "address", "account__login")
    list_select_related = ("account",)
    autocomplete_fields = ("account",)
    readonly_fields = ("account", "shape", "center_latitude", "center_longitude", "point_count")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs) if obj else ImportForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("account", "file", "default_radius", "thins")
        return ("label", "address", "color", "radius_m", *self.readonly_fields)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.readonly_fields if obj else ()

    def save_model(self, request: HttpRequest, obj: Zone, form: forms.ModelForm, change: bool) -> None:
        if change:
            zones.change_zone(obj, drawing_of(obj))
            return
        drawings = form.cleaned_data["drawings"]
        ids = zones.create_zones(obj.account_id, drawings, maker_id=obj.account_id, is_staff=True)
        obj.pk, obj.label = ids[0], drawings[0].label
        messages.success(request, f"{len(ids)} zones imported.")

    def get_deleted_objects(self, objs: Iterable[Zone], request: HttpRequest) -> Any:
        """Zones that rules need are shown as what keeps them from being removed."""
        found, counts, permissions, protected = super().get_deleted_objects(objs, request)  # type: ignore[arg-type]
        rules = AlertRule.objects.filter(zones__in=[zone.pk for zone in objs]).distinct()
        return found, counts, permissions, [*protected, *(f"Alert rule: {rule}" for rule in rules)]

    def delete_model(self, request: HttpRequest, obj: Zone) -> None:
        zones.remove_zones(obj.account_id, [obj.pk])

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Zone]) -> None:
        by_account: dict[int, list[int]] = {}
        for zone_id, account_id in queryset.values_list("pk", "account_id"):
            by_account.setdefault(account_id, []).append(zone_id)
        for account_id, zone_ids in by_account.items():
            zones.remove_zones(account_id, zone_ids)


class AccessForm(forms.ModelForm):
    """Which zones a sub-user sees."""

    class Meta:
        model = ZoneAccess
        fields = ("is_to_all", "zones")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "zones" in self.fields:
            self.fields["zones"].queryset = Zone.objects.filter(account=self.instance.user.account_id)  # type: ignore[attr-defined]


@admin.register(ZoneAccess)
class ZoneAccessAdmin(admin.ModelAdmin):
    form = AccessForm
    list_display = ("user", "is_to_all")
    search_fields = ("user__login",)
    list_select_related = ("user",)
    filter_horizontal = ("zones",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ZoneAccess, form: forms.ModelForm, change: bool) -> None:
        zone_access.set_zones(obj.user, [zone.pk for zone in form.cleaned_data["zones"]], is_to_all=obj.is_to_all)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """All is stored by then."""

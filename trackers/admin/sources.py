"""What is set for sources in the Django admin; every change goes through the services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.words import word_for
from trackers.engine.counters import CounterType
from trackers.models import Counter, Sensor, Source
from trackers.services import settings
from trackers.storage.states import record_of


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    """Trackers come and go with their sources; here is only what is set for one."""

    list_display = (
        "device_id",
        "model",
        word_for("is_blocked", "blocked"),
        "offline_timeout_s",
        word_for("ignition_aware", "ignition", title="trips begin with ignition"),
        word_for("motion_sensor_aware", "motion", title="with motion"),
    )
    list_filter = ("is_blocked", "ignition_aware", "motion_sensor_aware")
    search_fields = ("device_id", "trackers__label", "trackers__account__login")
    fieldsets = (
        (None, {"fields": ("device_id", "model", *settings.STATUS_FIELDS)}),
        ("How its reports are read", {"fields": settings.READING_FIELDS}),
    )
    readonly_fields = ("device_id", "model")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        return super().get_queryset(request).filter(is_corrupted=False)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Source, form: forms.ModelForm, change: bool) -> None:
        settings.save_source_rules(obj)


class OfSourceAdmin(admin.ModelAdmin):
    """A row that belongs to a source for good."""

    list_select_related = ("source",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("source",) if obj else ()


@admin.register(Sensor)
class SensorAdmin(OfSourceAdmin):
    autocomplete_fields = ("source",)
    list_display = ("name", "source", "kind", "sensor_type", "input_name", "input_number")
    list_filter = ("kind", "sensor_type")
    search_fields = ("name", "source__device_id", "source__trackers__label")

    def save_model(self, request: HttpRequest, obj: Sensor, form: forms.ModelForm, change: bool) -> None:
        settings.save_sensor(obj)

    def delete_model(self, request: HttpRequest, obj: Sensor) -> None:
        settings.remove_sensor(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Sensor]) -> None:
        for sensor in queryset:
            settings.remove_sensor(sensor)


class CounterForm(forms.ModelForm):
    value = forms.FloatField(
        required=False, min_value=0, help_text="kilometres or hours to go on from; empty: as it is"
    )

    class Meta:
        model = Counter
        fields = ("source", "counter_type", "multiplier", "sensor")


@admin.register(Counter)
class CounterAdmin(OfSourceAdmin):
    form = CounterForm
    list_display = ("source", "counter_type", "multiplier", "sensor", "current")
    list_filter = ("counter_type",)
    search_fields = ("source__device_id", "source__trackers__label")
    autocomplete_fields = ("source", "sensor")

    @admin.display(description="value")
    def current(self, counter: Counter) -> str:
        readings = record_of(counter.source_id).readings
        counted = readings.counters.get(CounterType(counter.counter_type)) if readings else None
        return "none yet" if counted is None else f"{counted.value:.2f}"

    def save_model(self, request: HttpRequest, obj: Counter, form: forms.ModelForm, change: bool) -> None:
        settings.save_counter(obj)
        if form.cleaned_data["value"] is not None:
            settings.set_counter_value(obj.source, CounterType(obj.counter_type), form.cleaned_data["value"])

    def delete_model(self, request: HttpRequest, obj: Counter) -> None:
        settings.remove_counter(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Counter]) -> None:
        for counter in queryset:
            settings.remove_counter(counter)

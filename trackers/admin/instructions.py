"""Commands to devices in the Django admin: who gave which and what came of it, and to be cancelled."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.read_only import ReadOnly
from accounts.wire.characters import escape, isolate
from trackers.models import Instruction
from trackers.services.instructions.giving import withdraw


@admin.register(Instruction)
class InstructionAdmin(ReadOnly):
    """The trail of what devices were told: nobody changes or removes it, and it is forgotten by its age alone."""

    list_display = ("created_at", "device", "sender", "kind", "told", "carrier", "status", "copies", "outcome")
    list_filter = ("status", "carrier", "kind")
    list_select_related = ("source",)
    search_fields = ("source__device_id", "login")
    # Of what may be many, counting takes long.
    show_full_result_count = False
    fields = (
        *("created_at", "device", "account", "sender", "carrier", "kind", "told", "is_reliable", "expires_at"),
        *("status", "copies", "sent_at", "finished_at", "answered_at", "said", "reason"),
    )
    actions = ("cancel",)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        """Of the admin's permissions that to change a command is for nothing else."""
        return request.user.has_perm("trackers.change_instruction")

    @admin.display(ordering="source__device_id")
    def device(self, instruction: Instruction) -> str:
        return isolate(instruction.source.device_id)

    @admin.display(ordering="login")
    def sender(self, instruction: Instruction) -> str:
        return isolate(instruction.login)

    @admin.display(description="command")
    def told(self, instruction: Instruction) -> str:
        return isolate(escape(instruction.body))

    @admin.display(description="answer")
    def said(self, instruction: Instruction) -> str:
        return isolate(instruction.answer)

    @admin.display(description="outcome")
    def outcome(self, instruction: Instruction) -> str:
        return isolate(instruction.answer or instruction.reason)

    @admin.action(description="Cancel what has no outcome yet", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[Instruction]) -> None:
        chosen = list(queryset.filter(finished_at=None))
        count = withdraw(Instruction.objects.filter(pk__in=[one.pk for one in chosen]))
        for one in chosen:
            self.log_change(request, one, "Cancelled.")
        self.message_user(request, f"{count} commands are cancelled.")

"""What devices are told to do. The vendor calls it a command, which here is what a client asks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from trackers.engine.instructions import (
    MAX_ANSWER,
    MAX_REASON,
    Carrier,
    InstructionKind,
    InstructionStatus,
    Wanted,
)
from trackers.models.sources import Source


class Instruction(models.Model):
    """An instruction to a device, with who gave it and what came of it. Written by services/instructions alone."""

    account = models.ForeignKey(User, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    login = models.CharField("sender", max_length=254, help_text="as it was when it was given")
    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    carrier = models.CharField(max_length=8, choices=[(one.value, one.value) for one in Carrier])
    kind = models.CharField(max_length=8, choices=[(one.value, one.value) for one in InstructionKind])
    body = models.TextField(help_text="the text, the hex digits, or the outputs as JSON")
    is_reliable = models.BooleanField("reliable", help_text="is sent until it is known to have arrived")
    created_at = models.DateTimeField("given at", default=timezone.now)
    expires_at = models.DateTimeField()
    status = models.CharField(
        max_length=12, choices=[(one.value, one.value) for one in InstructionStatus], default=InstructionStatus.WAITING
    )
    attempts = models.PositiveIntegerField(default=0, help_text="how often it was taken in hand")
    copies = models.PositiveIntegerField(default=0, help_text="how often it was sent, or may have been")
    next_attempt_at = models.DateTimeField(null=True, help_text="null: it is sent no more")
    claimed_until = models.DateTimeField(null=True, help_text="until when it is in somebody's hands")
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True, help_text="null: its outcome is not known yet")
    answered_at = models.DateTimeField(null=True, help_text="when the device told what came of it")
    answer = models.CharField(max_length=MAX_ANSWER, blank=True, help_text="what the device said")
    reason = models.CharField(max_length=MAX_REASON, blank=True, help_text="why it failed, or waits")

    class Meta:
        ordering = ["-pk"]
        verbose_name, verbose_name_plural = "command to a device", "commands to devices"
        indexes = [
            models.Index(
                fields=["carrier", "next_attempt_at"],
                condition=Q(next_attempt_at__isnull=False),
                name="instructions_due",
            ),
            models.Index(fields=["expires_at"], condition=Q(finished_at__isnull=True), name="instructions_open"),
            models.Index(fields=["source", "-id"], name="instructions_of_source"),
            models.Index(fields=["account", "-id"], name="instructions_of_account"),
        ]

    def __str__(self) -> str:
        return f"command {self.pk}"

    @property
    def wanted(self) -> Wanted:
        return Wanted(InstructionKind(self.kind), self.body)

    @property
    def may_be_repeated(self) -> bool:
        """Whether a second copy does no harm: by MQTT the device knows it again by its id; Traccar tells it none."""
        return self.is_reliable and self.carrier == Carrier.MQTT

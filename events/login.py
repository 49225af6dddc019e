"""A credential that subscribed, and to what."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.selectors import Principal
from events.protocol.subscriptions import StateSubscription
from events.renderer import Style, style_of
from trackers.rendering import StateFormat


@dataclass(slots=True)
class Login:
    """One credential that subscribed as this client, and to what."""

    principal: Principal
    subscription: StateSubscription = field(default_factory=StateSubscription)
    form: StateFormat = StateFormat.FULL
    iso: bool = False
    style: Style = field(init=False)
    """How states are written for it; changed by `read_as`, not here."""

    def __post_init__(self) -> None:
        self.read_as(self.form, iso=self.iso)

    def read_as(self, form: StateFormat, *, iso: bool) -> None:
        """Wants states in this format and form of dates from now on."""
        self.form, self.iso = form, iso
        self.style = style_of(form, self.principal.time_zone, iso)

    def become(self, principal: Principal) -> None:
        """Knows newer things of who logged in."""
        self.principal = principal
        self.read_as(self.form, iso=self.iso)

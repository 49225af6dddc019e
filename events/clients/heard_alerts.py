"""Which alerts of an account this process has heard of, so that those that it missed can be told from them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

MAX_HEARD = 5_000
FORGOTTEN_AT_ONCE = 1_000


class HeardAlerts:
    """The ids of alerts that were heard of since a moment, which moves on when there are too many."""

    def __init__(self) -> None:
        self.floor: int | None = None
        """Nothing is known of ids up to it; None: nobody has asked for alerts yet."""
        self._ids: dict[int, None] = {}

    def begin(self, last_alert_id: int) -> None:
        """Somebody follows alerts from this one on."""
        if self.floor is None:
            self.floor = last_alert_id

    def note(self, alert_ids: Iterable[int]) -> None:
        """These are heard of now."""
        self._ids |= dict.fromkeys(alert_ids)
        if len(self._ids) > MAX_HEARD:
            oldest = list(islice(sorted(self._ids), FORGOTTEN_AT_ONCE))
            self.floor = max(self.floor or 0, oldest[-1])
            for alert_id in oldest:
                del self._ids[alert_id]

    def __contains__(self, alert_id: int) -> bool:
        return alert_id in self._ids or alert_id <= (self.floor or 0)

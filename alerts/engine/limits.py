"""Where a rule holds (alerts §2.1). Pure."""

from __future__ import annotations

from alerts.engine.rules import Rule
from alerts.engine.sight import Surroundings


def is_within(rule: Rule, around: Surroundings) -> bool:
    """Whether a rule holds there; where nobody knows the place it does (alerts §5.1)."""
    if not rule.zone_ids or around.inside is None:
        return True
    return bool(rule.zone_ids & around.inside) is not rule.details.zone_limit_inverted

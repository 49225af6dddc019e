"""What a rule must have to be judged by (alerts §2.1, §3). Pure."""

from __future__ import annotations

from collections.abc import Collection

from alerts.engine.kinds.table import KINDS
from alerts.engine.rules import Details

MAX_MINUTES = 60_000
MAX_SPEED_KMH = 100_000
MAX_INPUT = 64
MIN_PARKING_MINUTES = 5
# Of `param`, by type: the least and the most.
_PARAMS = {
    "speedup": (0, MAX_SPEED_KMH),
    "offline": (0, MAX_MINUTES),
    "input_change": (1, MAX_INPUT),
    "idling_soft": (1, MAX_MINUTES),
}
# Without one these are judged as by the least.
_MAY_LACK_PARAM = {"offline"}


class RuleError(Exception):
    """A field of a rule that cannot be; the name is that of the API."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(f"{field_name}: {reason}")
        self.field_name = field_name
        self.reason = reason


def check_rule(kind: str, param: int | None, details: Details, zone_ids: Collection[int]) -> None:
    """Raises RuleError for a rule that nobody could judge."""
    if kind not in KINDS:
        raise RuleError("type", f"must be one of: {', '.join(KINDS)}")
    _check_zones(kind, details, zone_ids)
    _check_param(kind, param)
    _check_details(kind, details)


def _check_zones(kind: str, details: Details, zone_ids: Collection[int]) -> None:
    if kind in ("inoutzone", "route") and not zone_ids:
        raise RuleError("zone_ids", "must not be empty")
    if kind == "route" and len(zone_ids) > 1:
        raise RuleError("zone_ids", "must have one item")
    if kind == "offline" and zone_ids:
        raise RuleError("zone_ids", "must be empty")
    if details.append_zone_title and details.zone_limit_inverted:
        raise RuleError("extended_params.append_zone_title", "must not be together with zone_limit_inverted")


def _check_param(kind: str, param: int | None) -> None:
    bounds = _PARAMS.get(kind)
    if bounds is None or (param is None and kind in _MAY_LACK_PARAM):
        return
    least, most = bounds
    if param is None or not least <= param <= most:
        raise RuleError("param", f"must be from {least} to {most}")


def _check_details(kind: str, details: Details) -> None:
    if kind == "excessive_parking" and not MIN_PARKING_MINUTES <= details.max_parking_duration <= MAX_MINUTES:
        bounds = f"from {MIN_PARKING_MINUTES} to {MAX_MINUTES}"
        raise RuleError("extended_params.max_parking_duration", f"must be {bounds}")
    if kind == "sensor_range" and details.sensor_id is None and not details.tracker_params:
        raise RuleError("extended_params.sensor_id", "must not be null")
    if kind == "state_field_control":
        if not details.state_field and details.virtual_sensor_id is None:
            raise RuleError("extended_params.state_field", "must not be null")
        if not details.trigger_value:
            raise RuleError("extended_params.trigger_value", "must not be null")

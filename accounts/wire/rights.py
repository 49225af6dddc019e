"""What a user may change; reading needs no right. Pure."""

from __future__ import annotations

from enum import StrEnum


class Right(StrEnum):
    """A right of a security group (api §2.7). A master has all of them, a sub-user those of its group."""

    ADMIN = "admin"
    """Groups, removal of trackers, API keys, sub-users; of masters only."""
    TRACKER_REGISTER = "tracker_register"
    TRACKER_UPDATE = "tracker_update"
    TRACKER_CONFIGURE = "tracker_configure"
    TRACKER_SET_OUTPUT = "tracker_set_output"
    WEBLOCATOR_SESSION_CREATE = "weblocator_session_create"
    DELIVERY_SESSION_CREATE = "delivery_session_create"
    # No call here needs the rest. Programs written for the vendor's API grant and show them, so they are kept.
    TRACKER_RULE_UPDATE = "tracker_rule_update"
    TAG_UPDATE = "tag_update"
    TASK_UPDATE = "task_update"
    FORM_TEMPLATE_UPDATE = "form_template_update"
    ZONE_UPDATE = "zone_update"
    PLACE_UPDATE = "place_update"
    PLACES_CUSTOM_FIELDS_UPDATE = "places_custom_fields_update"
    EMPLOYEE_UPDATE = "employee_update"
    VEHICLE_UPDATE = "vehicle_update"
    VIDEO_MONITORING = "video_monitoring"
    PAYMENT_CREATE = "payment_create"
    REPORTS = "reports"
    CHECKIN_UPDATE = "checkin_update"


ALL_RIGHTS = frozenset(Right)
NO_RIGHTS: frozenset[Right] = frozenset()
GRANTABLE_RIGHTS = ALL_RIGHTS - {Right.ADMIN}

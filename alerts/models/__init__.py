"""What is stored of alerts, a file for each part."""

from alerts.models.alerts import Alert, AlertReading
from alerts.models.deliveries import Channel, Delivery, DeliveryStatus, LetterHour, Webhook
from alerts.models.pushes import PushDevice, PushKey
from alerts.models.rules import AlertRule, RuleMemory, Vigil
from alerts.models.zones import Zone, ZoneAccess, ZoneSet

__all__ = [
    "Alert",
    "AlertReading",
    "AlertRule",
    "Channel",
    "Delivery",
    "DeliveryStatus",
    "LetterHour",
    "PushDevice",
    "PushKey",
    "RuleMemory",
    "Vigil",
    "Webhook",
    "Zone",
    "ZoneAccess",
    "ZoneSet",
]

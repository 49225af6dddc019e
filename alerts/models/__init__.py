"""What is stored of alerts, a file for each part."""

from alerts.models.alerts import Alert, AlertReading
from alerts.models.deliveries import Webhook
from alerts.models.rules import AlertRule, RuleMemory
from alerts.models.zones import Zone, ZoneAccess, ZoneShape

__all__ = ["Alert", "AlertReading", "AlertRule", "RuleMemory", "Webhook", "Zone", "ZoneAccess", "ZoneShape"]

"""Kinds of events that a client can subscribe to: one file each, and the table of them."""

from __future__ import annotations

from events.protocol.kind import Kind
from events.protocol.kinds.history import HISTORY
from events.protocol.kinds.iot_monitor import IOT_MONITOR
from events.protocol.kinds.readings_batch import READINGS_BATCH
from events.protocol.kinds.shared_state import SHARED_STATE_KIND
from events.protocol.kinds.state import STATE
from events.protocol.kinds.state_batch import STATE_BATCH
from events.protocol.kinds.tracker_list import TRACKER_LIST

# In this order a client gets what is due at the same moment.
KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (STATE, SHARED_STATE_KIND, HISTORY, TRACKER_LIST, STATE_BATCH, READINGS_BATCH, IOT_MONITOR)
}

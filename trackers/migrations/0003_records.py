"""Documents hold a record, with the state in it, where they were the state itself."""

import json

from django.db import migrations
from django.utils.dateparse import parse_datetime

ROWS_AT_ONCE = 500


def wrap_states(apps, schema_editor):
    rows = apps.get_model("trackers", "SourceState").objects.order_by("pk")
    for row in rows.iterator(chunk_size=ROWS_AT_ONCE):
        document = json.loads(row.document)
        if "state" not in document:
            row.document = json.dumps(make_record(document), separators=(",", ":"))
            row.save(update_fields=["document"])


def make_record(state):
    contact_at = state.pop("contact_at", None)
    standing_since = state.pop("standing_since", None)
    state["additional"] = {
        name: [one["value"], one["updated"]] for name, one in state.get("additional", {}).items()
    }
    gps = state.get("gps")
    is_located = gps and moment(gps["updated"]) == moment(state.get("last_update"))
    trip = [
        state.get("movement_status", "parked"),
        state.get("movement_status_update"),
        standing_since if state.get("movement_status") == "stopped" else None,
        state.get("actual_track_update"),
        None,
        state.get("ignition"),
        state.get("ignition_update"),
        None,
    ]
    return {
        "state": state,
        "contact_at": contact_at,
        "fixed_at": gps["updated"] if is_located else None,
        "trip_before": trip,
        "trip": trip,
    }


def moment(text):
    return parse_datetime(text) if text else None


class Migration(migrations.Migration):

    dependencies = [
        ("trackers", "0002_ingest_key"),
    ]

    operations = [migrations.RunPython(wrap_states, migrations.RunPython.noop)]

"""PostgreSQL leaves documents as they are, up to its largest row.

From two kilobytes on it would compress each, with every report: a fifth of what storing a report costs it.
"""

from django.db import migrations


def keep_inline(apps, schema_editor):
    set_target(schema_editor, "SET (toast_tuple_target = 8160)")


def compress_again(apps, schema_editor):
    set_target(schema_editor, "RESET (toast_tuple_target)")


def set_target(schema_editor, change):
    if schema_editor.connection.vendor == "postgresql":
        for table in ("trackers_sourcestate", "trackers_sourcereport"):
            schema_editor.execute(f"ALTER TABLE {table} {change}")


class Migration(migrations.Migration):

    dependencies = [
        ("trackers", "0004_sensors"),
    ]

    operations = [migrations.RunPython(keep_inline, compress_again)]

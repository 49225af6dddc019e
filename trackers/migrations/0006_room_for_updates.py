"""PostgreSQL leaves room in each page, where the next version of a row finds its place.

A new version in the page of the old one needs no entry in any index, and what it replaces is cleared away by whoever
reads the page next, without a vacuum.
"""

from django.db import migrations

# Percent of a page that is filled at first. Reports of neighbours come in one transaction: half a page of states may be
# written anew at once, and one of about twelve reports of each source.
FILLED = {"trackers_sourcestate": 50, "trackers_sourcereport": 50}


def leave_room(apps, schema_editor):
    for table, percent in FILLED.items():
        alter(schema_editor, table, f"SET (fillfactor = {percent})")


def fill_pages(apps, schema_editor):
    for table in FILLED:
        alter(schema_editor, table, "RESET (fillfactor)")


def alter(schema_editor, table, change):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE {table} {change}")


class Migration(migrations.Migration):

    dependencies = [
        ("trackers", "0005_documents_inline"),
    ]

    operations = [migrations.RunPython(leave_room, fill_pages)]

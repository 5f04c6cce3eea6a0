"""Who released a notice submitted its edition; who prepared the notice stands beside."""

from django.db import migrations, models


def tell_them_apart(apps, schema_editor):
    events = apps.get_model("ledger", "Event").objects.filter(act="derive")
    editions = apps.get_model("ledger", "Edition").objects.filter(notice__isnull=False)
    for row in editions.exclude(submitted_by=""):
        made = events.filter(subject=row.name).order_by("-pk").first()
        row.prepared_by, row.submitted_by = row.submitted_by, made.actor if made else ""
        row.save(update_fields=["prepared_by", "submitted_by"])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0011_urgent_lane")]

    operations = [
        migrations.AddField(
            "edition", "prepared_by", models.CharField(blank=True, default="", max_length=64)
        ),
        migrations.RunPython(tell_them_apart, migrations.RunPython.noop),
    ]

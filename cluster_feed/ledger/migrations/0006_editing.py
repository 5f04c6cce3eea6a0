"""What people decide of an edition by hand, and what was submitted before."""

import django.db.models.deletion
from django.db import migrations, models


def give_reasons(apps, schema_editor):
    for row in apps.get_model("ledger", "Edition").objects.exclude(without=[]):
        row.without = dict.fromkeys(row.without, "")
        row.save(update_fields=["without"])
    apps.get_model("ledger", "Edition").objects.filter(without=[]).update(without={})


def forget_reasons(apps, schema_editor):
    for row in apps.get_model("ledger", "Edition").objects.iterator():
        row.without = sorted(row.without)
        row.save(update_fields=["without"])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_library")]

    operations = [
        migrations.AlterField("edition", "without", models.JSONField(default=dict)),
        migrations.RunPython(give_reasons, forget_reasons),
        migrations.AddField("edition", "arranged", models.JSONField(default=dict)),
        migrations.CreateModel(
            name="Submission",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("by", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("fingerprint", models.CharField(max_length=64)),
                ("playlists", models.JSONField()),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="submissions",
                        to="ledger.edition",
                    ),
                ),
            ],
        ),
    ]

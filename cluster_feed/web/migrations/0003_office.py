"""People have an office, and the record knows how to name them."""

from django.db import migrations, models


def learn(apps, schema_editor):
    """Tell the record how those are named who are here already."""
    official = apps.get_model("ledger", "Official")
    for person in apps.get_model("web", "Person").objects.all():
        official.objects.update_or_create(
            name=person.name, defaults={"full_name": person.full_name}
        )


class Migration(migrations.Migration):
    dependencies = [("web", "0002_tokens"), ("ledger", "0015_words")]

    operations = [
        migrations.AddField(
            "person", "office", models.CharField(blank=True, default="", max_length=200)
        ),
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]

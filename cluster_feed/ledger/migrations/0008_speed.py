"""For ten thousand assets: what lists ask of them is in an index; drafts keep what people can use."""

from django.db import migrations, models

KEPT = 100


def keep_the_foremost(apps, schema_editor):
    programmes = apps.get_model("ledger", "Programme").objects.select_related("edition")
    for row in programmes.iterator(chunk_size=10):
        without = row.edition.without
        row.left_out_count = len(row.left_out)
        by_hand = [each for each in row.left_out if each["asset"] in without]
        rest = [each for each in row.left_out if each["asset"] not in without]
        fit = [each for each in rest if each.get("fit")]
        others = [each for each in rest if not each.get("fit")]
        kept = max(0, KEPT - len(by_hand))
        row.left_out = [*by_hand, *[*fit, *reversed(others)][:kept]]
        row.save(update_fields=["left_out", "left_out_count"])


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_gates")]

    operations = [
        migrations.AlterField("asset", "received_at", models.DateTimeField()),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=[
                    "received_at",
                    "sha256",
                    "newsroom",
                    "kind",
                    "captioned_by",
                    "aired",
                    "lacks",
                    "themes",
                ],
                name="asset_listed",
            ),
        ),
        migrations.AddIndex(
            "rendition",
            models.Index(
                fields=["asset", "profile"],
                condition=~models.Q(findings=[]),
                name="rendition_found",
            ),
        ),
        migrations.AddField(
            "programme", "left_out_count", models.PositiveIntegerField(default=0)
        ),
        migrations.RunPython(keep_the_foremost, migrations.RunPython.noop),
    ]

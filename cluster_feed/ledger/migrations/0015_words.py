"""What is said of an asset is kept as it was submitted, and a package as it was told."""

import django.db.models.deletion
from django.db import migrations, models

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption
from cluster_feed.core.facets import facets


def draw(apps, schema_editor):
    """Tell what is proposed for Vietnam.vn, and what that lacks."""
    asset = apps.get_model("ledger", "Asset")
    for row in asset.objects.only("name", "kind", "caption").iterator():
        drawn = facets(row.name, Kind(row.kind), Caption.model_validate(row.caption))
        asset.objects.filter(pk=row.pk).update(
            proposed=drawn.proposed, portal_lacks=drawn.portal_lacks
        )


def settle(apps, schema_editor):
    """Leave alone the editions that had nothing to give when a later one was looked at."""
    edition, package = (apps.get_model("ledger", name) for name in ("Edition", "Package"))
    for made in package.objects.order_by("at"):
        edition.objects.filter(pk=made.edition_id).update(settled_at=made.at)
        waited = edition.objects.filter(settled_at=None, published_at__lte=made.at)
        waited.filter(number__lt=made.edition.number).update(settled_at=made.at)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0014_frames")]

    operations = [
        migrations.AddField("asset", "proposed", models.BooleanField(default=False)),
        migrations.AddField("asset", "portal_lacks", models.TextField(default="")),
        migrations.AddIndex(
            "asset",
            models.Index(
                fields=["received_at", "sha256", "newsroom", "aired", "lacks", "portal_lacks"],
                condition=models.Q(proposed=True),
                name="asset_proposed",
            ),
        ),
        migrations.AddField("edition", "settled_at", models.DateTimeField(null=True)),
        migrations.AddField("submission", "captions", models.JSONField(null=True)),
        migrations.AddField("package", "says", models.JSONField(default=dict)),
        migrations.AlterField(
            "package",
            "edition",
            models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="packages",
                to="ledger.edition",
            ),
        ),
        *(
            migrations.AddField(
                table, field, models.CharField(blank=True, default="", max_length=200)
            )
            for table in ("submission", "signature")
            for field in ("full_name", "office")
        ),
        migrations.CreateModel(
            "Official",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=64, unique=True)),
                ("full_name", models.CharField(max_length=200)),
                ("office", models.CharField(blank=True, default="", max_length=200)),
            ],
        ),
        migrations.RunPython(draw, migrations.RunPython.noop),
        migrations.RunPython(settle, migrations.RunPython.noop),
    ]

from django.db import migrations, models

from cluster_feed.core.asset import Kind
from cluster_feed.core.caption import Caption
from cluster_feed.core.facets import facets


def draw(apps, schema_editor):
    """Draw from the captions that are there by what their assets are found."""
    asset = apps.get_model('ledger', 'Asset')
    known = {field.name for field in asset._meta.get_fields()}  # of later columns later migrations know
    for row in asset.objects.only('name', 'kind', 'caption').iterator():
        drawn = facets(row.name, Kind(row.kind), Caption.model_validate(row.caption))
        asset.objects.filter(pk=row.pk).update(
            **{name: value for name, value in drawn._asdict().items() if name in known}
        )


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_qc_findings'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='searched',
            field=models.TextField(default=''),
        ),
        migrations.AddField(
            model_name='asset',
            name='sort_key',
            field=models.CharField(db_index=True, default='', max_length=512),
        ),
        migrations.AddField(
            model_name='asset',
            name='themes',
            field=models.CharField(default='', max_length=128),
        ),
        migrations.AddField(
            model_name='asset',
            name='lacks',
            field=models.TextField(default=''),
        ),
        migrations.AddField(
            model_name='asset',
            name='aired',
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name='rendition',
            index=models.Index(condition=models.Q(('code', '')), fields=['asset', 'profile'], name='rendition_there'),
        ),
        migrations.AddIndex(
            model_name='rendition',
            index=models.Index(condition=models.Q(('code__gt', '')), fields=['asset'], name='rendition_failed'),
        ),
        migrations.RunPython(draw, migrations.RunPython.noop),
    ]

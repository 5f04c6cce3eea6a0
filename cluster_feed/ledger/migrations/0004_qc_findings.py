from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_packaged_items'),
    ]

    operations = [
        migrations.AddField(
            model_name='rendition',
            name='findings',
            field=models.JSONField(default=list),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0012_prepared_by'),
    ]

    operations = [
        migrations.AddField(
            model_name='rendition',
            name='decision_vi',
            field=models.TextField(blank=True, default=''),
            preserve_default=False,
        ),
    ]

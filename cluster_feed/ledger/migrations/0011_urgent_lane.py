from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0009_replacements'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='hurried_at',
            field=models.DateTimeField(null=True),
        ),
    ]

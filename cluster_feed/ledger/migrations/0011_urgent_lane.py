from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0007_gates'),
    ]

    operations = [
        migrations.AddField(
            model_name='asset',
            name='hurried_at',
            field=models.DateTimeField(null=True),
        ),
    ]

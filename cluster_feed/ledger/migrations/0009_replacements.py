"""A correct asset takes the place of a wrong one."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', "0008_speed"),
    ]

    operations = [
        migrations.CreateModel(
            name='Replacement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('by', models.CharField(max_length=64)),
                ('new', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='replaces', to='ledger.asset')),
                ('old', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='replacement', to='ledger.asset')),
            ],
        ),
    ]

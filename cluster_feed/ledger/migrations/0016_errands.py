# Where packages were handed over, and what people asked for at the desk that takes long.

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0015_words'),
    ]

    operations = [
        migrations.CreateModel(
            name='Errand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('act', models.CharField(max_length=12)),
                ('of', models.CharField(blank=True, max_length=128)),
                ('by', models.CharField(max_length=64)),
                ('asked_at', models.DateTimeField()),
                ('began_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(db_index=True, null=True)),
                ('code', models.CharField(blank=True, max_length=64)),
                ('facts', models.JSONField(default=dict)),
                ('found', models.JSONField(default=list)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('act', 'of'), name='errand_once')],
            },
        ),
        migrations.CreateModel(
            name='Handover',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('way', models.CharField(max_length=12)),
                ('where', models.TextField()),
                ('by', models.CharField(max_length=64)),
                ('at', models.DateTimeField()),
                ('package', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='handovers', to='ledger.package')),
            ],
        ),
    ]

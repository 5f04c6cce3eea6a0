from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0013_decisions_in_two_languages'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='play',
            name='play_by_day',
        ),
        migrations.AddField(
            model_name='play',
            name='frames',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddIndex(
            model_name='play',
            index=models.Index(
                fields=[
                    'cluster', 'screen', 'began_at', 'asset', 'outcome', 'reason', 'seconds', 'frames'
                ],
                name='play_by_day',
            ),
        ),
    ]

from django.db import migrations, models
from django.db.models import Max


def begin_at_what_is_there(apps, schema_editor):
    last = apps.get_model('inventory', 'Change').objects.aggregate(last=Max('pk'))['last'] or 0
    apps.get_model('inventory', 'Feed').objects.update_or_create(name='changes', defaults={'last': last})


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0009_occupancy_standing'),
    ]

    operations = [
        migrations.CreateModel(
            name='Feed',
            fields=[
                ('name', models.CharField(choices=[('changes', 'Changes'), ('findings', 'Findings')], max_length=10, primary_key=True, serialize=False)),
                ('last', models.PositiveBigIntegerField(default=0)),
                ('forgotten', models.PositiveBigIntegerField(default=0, help_text='up to here rows were let go of: who has read less far has missed some')),
            ],
            options={
                'db_table': 'ipviz_feed',
            },
        ),
        migrations.RunPython(begin_at_what_is_there, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='change',
            name='id',
            field=models.BigIntegerField(help_text='its number in the feed of changes', primary_key=True, serialize=False),
        ),
    ]

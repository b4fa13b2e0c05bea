from django.db import migrations, models
from django.db.models import Max


def begin_at_what_is_there(apps, schema_editor):
    last = apps.get_model('findings', 'Transition').objects.aggregate(last=Max('pk'))['last'] or 0
    apps.get_model('inventory', 'Feed').objects.update_or_create(name='findings', defaults={'last': last})


class Migration(migrations.Migration):

    dependencies = [
        ('findings', '0005_next_of_ranges'),
        ('inventory', '0010_feeds'),
    ]

    operations = [
        migrations.RunPython(begin_at_what_is_there, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='transition',
            name='id',
            field=models.BigIntegerField(help_text='its number in the feed of findings', primary_key=True, serialize=False),
        ),
    ]

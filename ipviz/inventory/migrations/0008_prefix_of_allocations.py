"""The prefix beside the allocation that states it: lists need not open each IPAddress for it."""

import json
from collections import defaultdict

from django.db import migrations, models

BATCH = 500


def fill(apps, schema_editor):
    """From any version of the IPAddress: the API server lets nobody change it."""
    occupancies = apps.get_model("inventory", "Occupancy").objects.filter(role="ALLOC")
    addresses = apps.get_model("inventory", "Version").objects.filter(kind="IPAddress")
    stated = defaultdict(set)
    columns = addresses.order_by().values_list("cluster_id", "uid", "record")
    for cluster, uid, record in columns.iterator(chunk_size=5000):
        prefix = json.loads(record).get("prefix", 0)
        if 0 < prefix <= 128:
            stated[cluster, prefix].add(uid)
    for (cluster, prefix), uids in stated.items():
        ordered = sorted(uids)
        for start in range(0, len(ordered), BATCH):
            some = ordered[start : start + BATCH]
            occupancies.filter(cluster_id=cluster, uid__in=some).update(prefix=prefix)


class Migration(migrations.Migration):
    dependencies = [
        ("inventory", "0007_places"),
    ]

    operations = [
        migrations.AddField(
            model_name="occupancy",
            name="prefix",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="the length of its network, where the object says it"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]

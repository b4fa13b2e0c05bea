"""What history needs: an occupant's beginning whatever else changes, digests beside the snapshots, indexes."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def begin_as_first_seen(apps, schema_editor):
    """Until now a row was never followed by another of the same occupant."""
    apps.get_model("inventory", "Occupancy").objects.update(since=F("seen_from"))


class Migration(migrations.Migration):

    dependencies = [
        ("clusters", "0003_judge_requests"),
        ("inventory", "0002_faults"),
    ]

    operations = [
        migrations.CreateModel(
            name="ListDigest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=63)),
                ("digest", models.CharField(max_length=64)),
                (
                    "cluster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="list_digests",
                        to="clusters.cluster",
                    ),
                ),
            ],
            options={
                "db_table": "ipviz_list_digest",
                "constraints": [
                    models.UniqueConstraint(fields=("cluster", "kind"), name="one_digest_per_list")
                ],
            },
        ),
        migrations.AddField(
            model_name="snapshot",
            name="changed",
            field=models.BooleanField(
                default=True,
                help_text="an object, or what could be read, is not as the poll before had it",
            ),
        ),
        migrations.AddField(
            model_name="occupancy",
            name="since",
            field=models.DateTimeField(
                null=True, help_text="from when on it has been this occupant, whatever else changed"
            ),
        ),
        migrations.RunPython(begin_as_first_seen, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="occupancy",
            name="since",
            field=models.DateTimeField(
                help_text="from when on it has been this occupant, whatever else changed"
            ),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["cluster", "kind", "uid", "seen_from"], name="version_of_object"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["seen_from"], name="version_by_beginning"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(fields=["seen_until"], name="version_by_end"),
        ),
        migrations.AddIndex(
            model_name="occupancy",
            index=models.Index(fields=["first_key", "last_key"], name="occupancy_ever"),
        ),
        migrations.AddIndex(
            model_name="occupancy",
            index=models.Index(
                condition=models.Q(("first_key__lt", models.F("last_key"))),
                fields=["last_key"],
                name="occupancy_range_ever",
            ),
        ),
    ]

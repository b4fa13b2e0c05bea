import django.db.models.deletion
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("alerts", "0001_initial"), ("findings", "0002_handled")]

    operations = [
        migrations.RemoveConstraint("alert", "one_alert_per_occurrence_and_reason"),
        migrations.RemoveConstraint("delivery", "one_delivery_per_address"),
        migrations.RenameModel("Alert", "Announcement"),
        migrations.AlterModelTable("Announcement", "ipviz_announcement"),
        migrations.AlterField(
            "Announcement",
            "finding",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="announcements",
                to="findings.finding",
            ),
        ),
        migrations.RenameField("Delivery", "alert", "announcement"),
        migrations.AlterField(
            "Delivery",
            "announcement",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, to="alerts.announcement"
            ),
        ),
        migrations.AlterField(
            "Delivery",
            "address",
            models.EmailField(
                blank=True,
                help_text="empty where nobody is subscribed: to be read here",
                max_length=254,
            ),
        ),
        migrations.AlterField(
            "Delivery",
            "answers",
            models.ForeignKey(
                blank=True,
                help_text="the mail to this address that began the thread of this one",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="answered_by",
                to="alerts.delivery",
            ),
        ),
        migrations.AddField("Delivery", "at", models.DateTimeField(null=True)),
        migrations.AddField("Delivery", "subject", models.TextField(default="")),
        migrations.AddField("Delivery", "text", models.TextField(default="")),
        migrations.AddField("Delivery", "html", models.TextField(default="")),
        migrations.CreateModel(
            "Alert",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.EmailField(blank=True, max_length=254)),
                ("occurrence", models.PositiveIntegerField()),
                ("reason", models.CharField(max_length=12)),
                ("because", models.TextField()),
                ("at", models.DateTimeField()),
                ("severity", models.CharField(max_length=8)),
                ("sides", models.PositiveIntegerField(help_text="how many parties it had")),
                (
                    "delivery",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to="alerts.delivery",
                    ),
                ),
                (
                    "finding",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to="findings.finding",
                    ),
                ),
            ],
            # Its own name only when the other table, whose indexes bear it, is gone.
            options={"db_table": "ipviz_new_alert", "ordering": ["id"]},
        ),
    ]

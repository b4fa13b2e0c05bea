from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("alerts", "0003_fill_mails")]

    operations = [
        migrations.RemoveField("Delivery", "announcement"),
        migrations.DeleteModel("Announcement"),
        migrations.AlterModelTable("Alert", "ipviz_alert"),
        migrations.AlterField("Delivery", "at", models.DateTimeField()),
        migrations.AlterField("Delivery", "subject", models.TextField()),
        migrations.AlterField("Delivery", "text", models.TextField()),
        migrations.AlterField("Delivery", "html", models.TextField()),
        migrations.AlterField(
            "Alert",
            "reason",
            models.CharField(
                choices=[
                    ("first", "first"),
                    ("worse", "worse"),
                    ("reminder", "reminder"),
                    ("resolved", "resolved"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            "Alert",
            "severity",
            models.CharField(
                choices=[
                    ("critical", "critical"),
                    ("high", "high"),
                    ("medium", "medium"),
                    ("low", "low"),
                    ("info", "info"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddIndex(
            "Alert", models.Index(fields=["finding", "occurrence", "at"], name="alert_of_finding")
        ),
        migrations.AddIndex(
            "Alert",
            models.Index(condition=models.Q(delivery=None), fields=["address"], name="alert_waiting"),
        ),
        migrations.AddIndex("Delivery", models.Index(fields=["-at", "-id"], name="delivery_latest")),
        migrations.AddConstraint(
            "Alert",
            models.UniqueConstraint(fields=["delivery", "finding"], name="one_alert_per_mail_and_finding"),
        ),
    ]

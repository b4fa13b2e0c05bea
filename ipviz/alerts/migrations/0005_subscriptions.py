from django.db import migrations, models
from django.db.models import F
from django.utils import timezone


def confirm(apps, schema_editor):
    """All that an older version knew were told."""
    subscription = apps.get_model("alerts", "Subscription")
    subscription.objects.update(confirmed_at=F("created_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("alerts", "0004_without_announcements"),
        ("findings", "0003_until"),
    ]

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="kind",
            field=models.CharField(
                choices=[
                    ("news", "News"),
                    ("digest", "Digest"),
                    ("test", "Test"),
                    ("confirmation", "Confirmation"),
                ],
                default="news",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="picture",
            field=models.BinaryField(default=b"", help_text="a PNG that the HTML shows; empty for none"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="at_once",
            field=models.CharField(
                choices=[("grave", "grave"), ("all", "all"), ("nothing", "nothing")],
                default="grave",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="classes",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="clusters",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="confirmed_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="digested_at",
            field=models.DateTimeField(
                default=timezone.now, help_text="the moment that the last digest was due for"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="subscription",
            name="lowest",
            field=models.CharField(
                choices=[
                    ("critical", "critical"),
                    ("high", "high"),
                    ("medium", "medium"),
                    ("low", "low"),
                    ("info", "info"),
                ],
                default="info",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="organisations",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="quiet_from",
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="quiet_until",
            field=models.TimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="rhythm",
            field=models.CharField(
                choices=[("never", "never"), ("hourly", "hourly"), ("daily", "daily"), ("weekly", "weekly")],
                default="daily",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="segments",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="stopped_at",
            field=models.DateTimeField(blank=True, help_text="who it is for wants no more", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="subnets",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="subscription",
            name="trouble",
            field=models.TextField(blank=True, help_text="why the last mail could not be delivered for good"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="trouble_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="zone",
            field=models.CharField(default="UTC", max_length=64),
        ),
        migrations.AlterField(
            model_name="alert",
            name="address",
            field=models.CharField(blank=True, max_length=254),
        ),
        migrations.AlterField(
            model_name="alert",
            name="reason",
            field=models.CharField(
                choices=[
                    ("first", "first"),
                    ("worse", "worse"),
                    ("reminder", "reminder"),
                    ("flapping", "flapping"),
                    ("resolved", "resolved"),
                ],
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="address",
            field=models.CharField(
                blank=True, help_text="empty where nobody is subscribed: to be read here", max_length=254
            ),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="address",
            field=models.CharField(max_length=254, unique=True),
        ),
        migrations.AddIndex(
            model_name="alert",
            index=models.Index(
                condition=models.Q(("reason", "flapping")), fields=["finding"], name="alert_flapping"
            ),
        ),
        migrations.RunPython(confirm, migrations.RunPython.noop),
    ]

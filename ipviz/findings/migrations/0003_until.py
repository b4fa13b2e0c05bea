from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("findings", "0002_handled")]

    operations = [
        migrations.RenameField("Finding", "silenced_until", "handled_until"),
        migrations.AlterField(
            "Finding",
            "handled_until",
            models.DateTimeField(blank=True, help_text="when what people decided of it ends", null=True),
        ),
        migrations.AddField(
            "Finding",
            "muted_by",
            models.PositiveBigIntegerField(
                blank=True,
                help_text="the silence for all that matches which keeps it quiet, by id",
                null=True,
            ),
        ),
    ]

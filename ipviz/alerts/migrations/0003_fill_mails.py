from django.db import migrations
from django.db.models import Count, F

KEPT = "kept"


def to_mails(apps, schema_editor):
    """A delivery becomes the mail itself, and tells of the one finding that its announcement was about."""
    announcements = apps.get_model("alerts", "Announcement").objects.annotate(
        severity=F("finding__severity"), sides=Count("finding__parties")
    )
    delivery, alert = apps.get_model("alerts", "Delivery"), apps.get_model("alerts", "Alert")
    for each in announcements.order_by("pk").iterator(chunk_size=500):
        mail = {"at": each.at, "subject": each.subject, "text": each.text, "html": each.html}
        mails = delivery.objects.filter(announcement=each)
        if not mails.update(**mail):
            kept = {"address": "", "status": KEPT, "message_id": f"<announcement-{each.pk}@ipviz>"}
            delivery.objects.create(announcement=each, **kept, **mail)
        alert.objects.bulk_create(
            alert(
                address=row.address,
                delivery=row,
                finding_id=each.finding_id,
                occurrence=each.occurrence,
                reason=each.reason,
                at=each.at,
                severity=each.severity,
                sides=each.sides,
            )
            for row in mails.all()
        )


class Migration(migrations.Migration):
    dependencies = [("alerts", "0002_mails")]

    operations = [migrations.RunPython(to_mails, migrations.RunPython.noop)]

"""Adding to a list of what happened, so that its numbers grow in the order of commits, without gaps."""

from collections.abc import Sequence

from django.db.models import Model

from ipviz.inventory.models import Feed

BATCH = 500


def add(rows: Sequence[Model], feed: Feed.Name) -> None:
    """Number new rows and write them, within a transaction; for none nothing is asked of the database.

    It comes last in its transaction, or as late as can be: until the commit it keeps all others waiting who
    have something to add, and who waits for one of them in turn would wait forever.
    """
    if not rows:
        return
    last = Feed.objects.advance(feed, len(rows))
    for number, row in enumerate(rows, last - len(rows) + 1):
        row.pk = number
    type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH)

"""What people changed, for admins."""

from rest_framework.serializers import CharField, DateTimeField, DictField, IntegerField

from ipviz.api.answers import Listing
from ipviz.api.permissions import Administer
from ipviz.api.serializers import Shape
from ipviz.audit.models import Entry
from ipviz.rows.audit import EntryFilterSet, entry_rows


class EntrySerializer(Shape):
    id = IntegerField(help_text="It grows in the order of writing.")
    at = DateTimeField()
    who = CharField(help_text="A person, `token NAME`, or `NAME at the shell`; as they were named then.")
    origin = CharField(help_text="The address that the request came from; empty for who sent none.")
    request_id = CharField(help_text="The same as in the lines of the log; empty for who sent no request.")
    kind = CharField(help_text="The kind of thing that was changed.")
    ref = CharField(help_text="Its id; it may be gone.")
    name = CharField(help_text="As it was named then.")
    action = CharField()
    before = DictField(help_text="The fields that changed, as they were; empty for what was made.")
    after = DictField(help_text="The same, as they are since; empty for what was removed.")


class Audit(Listing[Entry]):
    """What people and programs changed: who, what, before and after; the latest first. For admins."""

    queryset = Entry.objects.all()
    filterset_class = EntryFilterSet
    serializer_class = EntrySerializer
    tell = staticmethod(entry_rows)
    is_timed = False
    permission_classes = [Administer]

"""From what was announced to mails that are sent, in one step."""

from datetime import datetime

from ipviz.alerts.deliver import deliver_due
from ipviz.alerts.digests import write_digests
from ipviz.alerts.gather import gather
from ipviz.polling.policy import policy


def send_mails(at: datetime, *, at_once: bool = False) -> None:
    """Write the mails of what was announced and has waited for more, and digests; send what is due."""
    told = policy()
    gather(at, policy=told, at_once=at_once)
    write_digests(at, policy=told)
    deliver_due(at, policy=told)

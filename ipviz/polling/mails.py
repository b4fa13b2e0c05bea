"""From what was announced to mails that are sent, in one step."""

from datetime import datetime, timedelta

from ipviz.alerts.deliver import deliver_due
from ipviz.alerts.gather import WAIT, gather
from ipviz.polling.policy import policy

AT_ONCE = timedelta(0)


def send_mails(at: datetime, *, wait: timedelta = WAIT) -> None:
    """Write the mails of what was announced and has waited for more, and send what is due."""
    told = policy()
    gather(at, policy=told, wait=wait)
    deliver_due(at, policy=told)

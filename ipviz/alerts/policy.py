"""What the operator decided about alerts, as a value: nothing on this floor reads the settings."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    base_url: str
    """Where people open the pages, without a slash at the end: mails link there."""
    mail_from: str
    mail_is_configured: bool
    """Without a mail server a mail is kept to be read in the pages."""
    recipients: tuple[str, ...] = ()
    """The addresses of `IPVIZ_ALERT_TO`."""

"""Settings as the values that the lower floors take: the only reader of settings on this path."""

from django.conf import settings

from ipviz.alerts.policy import Policy


def policy() -> Policy:
    return Policy(
        base_url=settings.IPVIZ_BASE_URL,
        mail_from=settings.DEFAULT_FROM_EMAIL,
        mail_is_configured=settings.MAIL_IS_CONFIGURED,
        recipients=tuple(settings.ALERT_TO),
    )

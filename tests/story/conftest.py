"""What several stories share."""

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests.postbox import Postbox

ANNA = "anna@example.org"


@pytest.fixture
def postbox(settings: Settings) -> Iterator[Postbox]:
    """A real SMTP server that the program is told of."""
    box = Postbox()
    box.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = box.host, box.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.MAIL_IS_CONFIGURED = True
    settings.ALERT_TO = [ANNA]
    yield box
    box.stop()

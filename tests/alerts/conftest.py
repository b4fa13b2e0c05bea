"""What the alert tests share."""

from collections.abc import Iterator

import pytest

from tests.postbox import Postbox


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    box = Postbox()
    box.start()
    yield box
    box.stop()

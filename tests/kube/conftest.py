"""The small server that most tests of reading begin with."""

from collections.abc import Iterator

import pytest

from tests.apiserver import FakeApiServer
from tests.kube.reading import typed
from tests.kube.samples import ip_address, load_balancer


@pytest.fixture
def server() -> Iterator[FakeApiServer]:
    with FakeApiServer("blue") as running:
        running.create([typed("IPAddress", ip_address("blue")), typed("Service", load_balancer("web"))])
        yield running

"""Names from Kubernetes are other people's text: they are shown, and mean nothing to the page."""

import json
from html import unescape
from typing import Any

import pytest

from ipviz.clusters.models import Cluster
from ipviz.findings.models import Finding
from tests.builders import seen_cluster, seen_service
from tests.factories import minutes, see, workload_cluster
from tests.web.conftest import MAP, Estate, PageText

MARKUP = "<img src=x onerror=alert(1)><b>&amp;\"'"
SCRIPT = "</script><script>alert(1)</script>"
LONG = "n" * 253
TURNED = "evil\u202egnp.exe"


@pytest.fixture(params=[MARKUP, SCRIPT, LONG, TURNED], ids=["markup", "script", "long", "right-to-left"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def hostile(estate: Estate, name: str) -> Estate:
    """The name is a Service's in beta, holding gamma's endpoint, and a cluster's."""
    service = seen_service(name, annotation="192.0.2.236", status=["192.0.2.236"])
    see(estate.gmc, seen_cluster("gamma", "192.0.2.236"), at=minutes(9.9))
    see(estate.beta, service, at=minutes(9.9))
    see(workload_cluster(estate.gmc, name), service, at=minutes(9.9))
    estate.judged(9.95)
    return estate


@pytest.mark.parametrize(
    "url", ["/", MAP, MAP + "?address=192.0.2.236", "/addresses/192.0.2.236/", "/clusters/", "/findings/"]
)
def test_a_hostile_name_is_text(url: str, name: str, hostile: Estate, read: PageText) -> None:
    html = read(url)
    assert "<img" not in html
    assert "<script>alert" not in html
    assert name[:40] in unescape(html)


def test_a_hostile_name_is_text_on_the_findings_page(name: str, hostile: Estate, read: PageText) -> None:
    for finding in Finding.objects.standing():
        html = read(finding.get_absolute_url())
        assert "<img" not in html
        assert "<script>alert" not in html


def test_no_name_is_in_what_plotly_reads_as_markup(name: str, hostile: Estate, read: PageText) -> None:
    """Plotly understands some HTML in its texts; names go beside the figure, where they are set as text."""
    data = json.loads(read(MAP + "map/"))
    assert name not in json.dumps(data, ensure_ascii=False)
    assert any(name in line for _, _, note in json.loads(read(MAP + "notes/")) for line in note["who"])


def test_a_hostile_cluster_has_a_page(name: str, hostile: Estate, page: Any) -> None:
    reply = page.get(Cluster.objects.get(name=name).get_absolute_url())
    # A slash in a name reads as one more part of the path; it is found all the same.
    assert reply.status_code == 200

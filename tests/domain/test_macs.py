"""Hardware addresses are one, however they are written."""

import pytest

from ipviz.domain.macs import read_mac


@pytest.mark.parametrize(
    "text",
    ["00:50:56:9a:00:1f", "00-50-56-9A-00-1F", "0050.569a.001f", "0050569A001F", " 00:50:56:9a:00:1f "],
)
def test_a_hardware_address_is_read(text: str) -> None:
    assert read_mac(text) == "00:50:56:9a:00:1f"


@pytest.mark.parametrize(
    "text", ["", "00:50:56:9a:00", "00:50:56:9a:00:1f:22", "00:50:56:9a:00:1g", "2001:db8::1"]
)
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no hardware address"):
        read_mac(text)

"""The colours of what is used: told apart by eyes of four kinds, and from the page, in light and in dark."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from ipviz.domain.intervals import State
from ipviz.web.states import DRAWN

CSS = Path(__file__).resolve().parents[2] / "static" / "css"
LEAST_DIFFERENCE = 24
LEAST_CONTRAST_OF_TEXT = 3.0
USED = ["collision", "suspected", "untracked", "cooling", "matched", "tracked", "node", "reserved"]

# How colours look to the colour-blind: Machado, Oliveira and Fernandes 2009, severity 1.0, in linear RGB.
EYES = {
    "usual": np.eye(3),
    "protan": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deutan": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritan": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)

Colours = dict[str, str]
PAIR = r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"


def scheme(name: str) -> Colours:
    """The custom properties of the style sheets, in light or in dark."""
    found: Colours = {}
    for sheet in ("base.css", "map.css"):
        pairs = re.findall(PAIR, (CSS / sheet).read_text())
        found |= {of: light if name == "light" else dark for of, light, dark in pairs}
    return found


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eyes: np.ndarray) -> np.ndarray:
    x, y, z = (np.clip(eyes @ linear(colour), 0, 1) @ TO_XYZ.T) / TO_XYZ.sum(axis=1)
    fx, fy, fz = (v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted(float(linear(each) @ TO_XYZ[1]) for each in (one, other))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("eyes", EYES)
@pytest.mark.parametrize("name", ["light", "dark"])
def test_states_in_use_are_told_apart(name: str, eyes: str) -> None:
    colours = scheme(name)
    shown = {key: colours[f"state-{key}"] for key in USED} | {"page": colours["page"]}
    for one, other in combinations(shown, 2):
        difference = np.linalg.norm(lab(shown[one], EYES[eyes]) - lab(shown[other], EYES[eyes]))
        assert difference >= LEAST_DIFFERENCE, (one, other, round(float(difference), 1))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_on_every_state_can_be_read(name: str) -> None:
    colours = scheme(name)
    for look in DRAWN:
        ratio = contrast(colours[f"state-{look.key}"], colours[f"ink-{look.key}"])
        assert ratio >= LEAST_CONTRAST_OF_TEXT, (look.key, round(ratio, 2))


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_of_the_pages_can_be_read(name: str) -> None:
    colours = scheme(name)
    for ink in ("ink", "quiet", "accent", "alarm", "warn", "good"):
        for ground in ("page", "surface"):
            assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)


def test_every_state_has_its_colours_in_both() -> None:
    for name in ("light", "dark"):
        assert {f"state-{state}" for state in State} <= scheme(name).keys()

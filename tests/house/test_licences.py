"""Under which licences the program may be used: the page says what each package tells."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_of_licences_is_what_the_packages_tell() -> None:
    written = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py", "licences"], capture_output=True, text=True, check=True
    )
    assert (ROOT / "docs" / "licences.md").read_text() == written.stdout

"""The small cases of tests/data/vectors.json: what upstream makes of pools, ranges and Services."""

import json
from pathlib import Path
from typing import Any

VECTORS: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "vectors.json").read_text())

"""Text that a spreadsheet must not take for a formula: names come from clusters."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""


def harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text

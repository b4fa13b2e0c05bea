"""A folder of files that appears whole or not at all."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

MARK = "EXPORTED.txt"


class WrongFolder(ValueError):
    """Nothing may be written there; the text says why and what to do."""


@contextlib.contextmanager
def draft(folder: Path, mark: str) -> Iterator[Path]:
    """A new folder beside the given one, which takes its place at the end, and is gone after an exception.

    Args:
        folder: not there, empty, or written by an earlier export, which it replaces.
        mark: a line on what it is; it also tells the next export that this folder may be replaced.

    Raises:
        WrongFolder: it holds something else, or cannot be written.
    """
    folder = folder.resolve()
    _check(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise WrongFolder(f"{folder.parent} cannot be written: {error.strerror}") from error
    try:
        made = place / folder.name
        made.mkdir()  # unlike the temporary one, with the rights of any other folder
        yield made
        (made / MARK).write_text(f"{mark}\n")
        _put_in_place(made, folder, place / "replaced")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _put_in_place(made: Path, folder: Path, replaced: Path) -> None:
    """Take the place of what is there, if anything is; where that fails, it stays."""
    try:
        if folder.exists():
            folder.rename(replaced)
        try:
            made.rename(folder)
        except OSError:
            if replaced.exists():
                replaced.rename(folder)
            raise
    except OSError as error:
        raise WrongFolder(f"{folder} cannot be replaced: {error.strerror}") from error


def _check(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise WrongFolder(f"{folder} is not a folder")
    if any(folder.iterdir()) and not (folder / MARK).is_file():
        raise WrongFolder(f"{folder} is not empty, and no earlier export: choose another folder, or empty it")

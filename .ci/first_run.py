"""What a newcomer does first: `make run` in a fresh clone, with nothing set up and nothing in pip's cache.

It waits for the greeting, follows the link that is printed, finds the demo's subnet on the page, ends all
of it by Ctrl-C and sees that nothing answers then. Standard library only: it runs before anything is
installed.
"""

import contextlib
import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 600  # the packages are fetched
LINK = re.compile(r"sign in: (http://\S+)\)")


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
        probe.close()
        places = {"PIP_CACHE_DIR": f"{scratch}/pip", "IPVIZ_DATA_DIR": f"{scratch}/data", "PORT": port}
        running = subprocess.Popen(
            ["make", "run"],
            cwd=ROOT,
            env={**os.environ, **places},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        patience = threading.Timer(PATIENCE_SECONDS, os.killpg, (running.pid, signal.SIGKILL))
        patience.start()
        try:
            page = open_page(greeting(running))
            if "10.10.222.0/24" not in page:
                sys.exit("the first page does not show the demo's subnet")
            os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to all that run in it
            running.wait()
        finally:
            patience.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(running.pid, signal.SIGKILL)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                sys.exit("after Ctrl-C something still answers")
    sys.stdout.write("make run: it greeted, the link signed in, the demo was shown, Ctrl-C ended it all\n")


def greeting(running: "subprocess.Popen[str]") -> str:
    """The link that signs in."""
    for line in running.stdout or ():
        sys.stdout.write(f"  {line}")
        if found := LINK.search(line):
            return found[1]
    sys.exit(f"`make run` ended with {running.wait()} before it greeted")


def open_page(link: str) -> str:
    """The page to which the link leads, as a browser with cookies would see it."""
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    with urllib.request.build_opener(jar).open(link, timeout=30) as answer:
        return str(answer.read().decode())


if __name__ == "__main__":
    main()

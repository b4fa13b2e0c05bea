"""A clock that a drill can step: in each process that finds this folder on its PYTHONPATH.

Python imports this module before anything else. The file IPVIZ_DRILL_CLOCK names holds the seconds by which
the clock is wrong. What measures a duration (`time.monotonic`) goes on, as on a machine whose clock is set.
"""

import os
import threading
import time

import time_machine

FILE = os.environ["IPVIZ_DRILL_CLOCK"]
LOOK_SECONDS = 0.05


class Clock:
    def __init__(self) -> None:
        self.offset = 0.0
        self.traveller = time_machine.travel(time.time()).start()
        self.follow()
        self.watch()
        os.register_at_fork(after_in_child=self.watch)

    def watch(self) -> None:
        threading.Thread(target=self.watching, daemon=True).start()

    def watching(self) -> None:
        while True:
            self.follow()
            time.sleep(LOOK_SECONDS)

    def follow(self) -> None:
        with open(FILE) as file:
            told = float(file.read() or self.offset)
        if told != self.offset:
            self.traveller.shift(told - self.offset)
            self.offset = told


clock = Clock()

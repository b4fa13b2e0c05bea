"""How far a backup or a restore is: in place on a terminal, and its end in a line anywhere."""

from django.core.management.base import OutputWrapper

from ipviz.polling.progress import CLEARED


class Telling:
    """On the standard error: the standard output may be the backup."""

    def __init__(self, out: OutputWrapper) -> None:
        self.out = out
        self.out.style_func = None
        self.is_terminal = out.isatty()

    def say(self, text: str) -> None:
        if self.is_terminal:
            self.out.write(f"{CLEARED}{text}", ending="")
            self.out.flush()

    def end(self, text: str) -> None:
        self.out.write(f"{CLEARED}{text}" if self.is_terminal else text)

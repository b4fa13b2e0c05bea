"""An SMTP server that goes wrong at a given word of its dialogue, and knows what its client has heard."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from enum import StrEnum
from functools import cached_property, partial

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend

HOST = "127.0.0.1"
PATIENCE = 60
"""Seconds. It only ends what hangs although it should not."""


class Word(StrEnum):
    """Where in the dialogue; `BODY` is in the middle of a message, `END` is after its final dot."""

    CONNECT = "connect"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BODY = "body"
    END = "end"


class Wrong(StrEnum):
    """What the server does there; `KILL_AFTER` answers first, `REFUSE` is what its closed port does."""

    ANSWER = "answer"
    HANG = "hang"
    DROP = "drop"
    KILL = "kill"
    KILL_AFTER = "kill after"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Fault:
    """Happens once, where that word is met for the n-th time.

    Args:
        answer: of `Wrong.ANSWER`; a 421 is followed by the end of the connection.
        is_taken: whether a message, at its `END`, is received before that.
    """

    word: Word
    does: Wrong = Wrong.ANSWER
    answer: str = ""
    nth: int = 1
    is_taken: bool = False

    @property
    def name(self) -> str:
        does = self.answer[:3] or self.does
        return f"{does} at {self.word}{', taken' if self.is_taken else ''}"


@dataclass
class Arrival:
    """A message that was received.

    Args:
        fate: what went wrong right after.
        is_heard: whether the client went on after our answer.
    """

    recipient: str
    content: bytes
    fate: str = ""
    is_heard: bool = False

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Each on one line, as it was sent."""
        head = message_from_bytes(self.content.partition(b"\r\n\r\n")[0])
        return {name: " ".join(value.split()) for name, value in head.items()}


@dataclass
class FaultyPostbox:
    """`serve_next` serves one connection in the caller's thread, `serving` all of them in one of its own.

    Args:
        kill: what ends the client, for `Wrong.KILL`.
    """

    faults: Sequence[Fault] = ()
    offers: str = ""
    kill: Callable[[], None] = lambda: None
    arrived: list[Arrival] = field(default_factory=list)
    happened: list[Fault] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.listener = socket.create_server((HOST, 0))
        # Bound and not listening: it is refused, and nobody else gets the port.
        self.refusing = socket.socket()
        self.refusing.bind((HOST, 0))

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @property
    def closed_port(self) -> int:
        return int(self.refusing.getsockname()[1])

    def connect(self, *, timeout: float = PATIENCE, is_closed: bool = False) -> BaseEmailBackend:
        return get_connection(
            "django.core.mail.backends.smtp.EmailBackend",
            host=HOST,
            port=self.closed_port if is_closed else self.port,
            username="",
            password="",
            use_tls=False,
            use_ssl=False,
            timeout=timeout,
        )

    def serve_next(self) -> None:
        line, _ = self.listener.accept()
        line.settimeout(PATIENCE)
        # A client that is killed or gives up is part of it.
        with line, suppress(_Over, ConnectionError):
            _Dialogue(self, line).hold()

    @contextmanager
    def serving(self) -> Iterator["FaultyPostbox"]:
        is_over = threading.Event()

        def serve() -> None:
            while not is_over.is_set():
                self.serve_next()

        server = threading.Thread(target=serve)
        server.start()
        try:
            yield self
        finally:
            is_over.set()
            socket.create_connection((HOST, self.port)).close()  # it waits for one more
            server.join(PATIENCE)
            self.close()

    def close(self) -> None:
        self.listener.close()
        self.refusing.close()

    def meet(self, word: Word) -> Fault | None:
        """The fault that happens now."""
        due = [each for each in self.faults if each.word is word and each.nth == 1]
        waiting = [each for each in self.faults if each not in due]
        self.faults = [replace(each, nth=each.nth - 1) if each.word is word else each for each in waiting]
        self.happened += due[:1]
        return due[0] if due else None


class _Over(Exception):
    """Nothing more is said on this connection."""


class _Dialogue:
    def __init__(self, postbox: FaultyPostbox, line: socket.socket) -> None:
        self.postbox = postbox
        self.line = line
        self.words = line.makefile("rb")
        self.recipient = ""
        self.unheard: Arrival | None = None

    def hold(self) -> None:
        says = partial(self.answer, usually="250 OK")
        answers: dict[bytes, Callable[[], None]] = {
            b"EHLO": partial(self.answer, Word.EHLO, usually=self.greeting()),
            b"STAR": partial(says, Word.STARTTLS),
            b"MAIL": partial(says, Word.MAIL),
            b"RCPT": partial(says, Word.RCPT),
            b"DATA": self.take,
            b"QUIT": self.part,
        }
        with self.words:
            self.answer(Word.CONNECT, "220 postbox")
            for spoken in self.words:
                if self.unheard:
                    self.unheard.is_heard, self.unheard = True, None
                self.postbox.heard.append(spoken.decode().strip())
                if spoken.upper().startswith(b"RCPT"):
                    self.recipient = spoken.decode().partition("<")[2].partition(">")[0]
                answers.get(spoken[:4].upper(), lambda: self.say("250 OK"))()

    def greeting(self) -> str:
        return f"250-postbox\r\n250 {self.postbox.offers}" if self.postbox.offers else "250 postbox"

    def take(self) -> None:
        """A message, to its final dot."""
        refused = self.postbox.meet(Word.DATA)
        self.go_wrong(refused, "354 go on")
        if refused:
            return
        lines: list[bytes] = []
        while (line := self.words.readline()) not in (b".\r\n", b""):
            if not lines:
                self.go_wrong(self.postbox.meet(Word.BODY))
            lines.append(line)
        if not line:
            raise _Over
        fault = self.postbox.meet(Word.END)
        if fault is None or fault.is_taken:
            self.unheard = Arrival(self.recipient, b"".join(lines), fault.name if fault else "")
            self.postbox.arrived.append(self.unheard)
        self.go_wrong(fault, "250 taken")

    def answer(self, word: Word, usually: str) -> None:
        self.go_wrong(self.postbox.meet(word), usually)

    def go_wrong(self, fault: Fault | None, usually: str = "") -> None:
        """As the fault has it; what is usually said where there is none."""
        does = fault.does if fault else Wrong.ANSWER
        said = fault.answer if fault else ""
        if does is Wrong.HANG:
            while self.line.recv(4096):  # until the client has had enough
                pass
        if does is Wrong.KILL:
            self.postbox.kill()
        if does in (Wrong.HANG, Wrong.DROP, Wrong.KILL):
            raise _Over
        if said or usually:
            self.say(said or usually)
        if does is Wrong.KILL_AFTER:
            self.postbox.kill()
        if does is Wrong.KILL_AFTER or said.startswith("421"):
            raise _Over

    def part(self) -> None:
        self.say("221 bye")
        raise _Over

    def say(self, answer: str) -> None:
        self.line.sendall(f"{answer}\r\n".encode())

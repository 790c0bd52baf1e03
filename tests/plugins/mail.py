"""A mail server that tests look into: what it took, from whom, and a hold at any point of a conversation."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from queue import SimpleQueue
from typing import cast

import psutil

PATIENCE = 90

#: What the server says unless a test tells it otherwise; "." is the end of a letter.
ANSWERS = {
    "EHLO": "250 mail.example",
    "MAIL": "250 OK",
    "RCPT": "250 OK",
    "DATA": "354 Go on",
    ".": "250 Taken",
    "RSET": "250 OK",
    "QUIT": "221 Bye",
}


@dataclass
class MailServer:
    """``taken`` is what was accepted; a test may change ``answers`` to commands, and to addresses by ``receivers``."""

    port: int
    taken: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=lambda: dict(ANSWERS))
    receivers: dict[str, str] = field(default_factory=dict)
    _holds: dict[str, _Hold] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def message_ids(self) -> list[str]:
        return [str(letter["Message-ID"]) for letter in self.taken]

    @property
    def readers(self) -> list[str]:
        return sorted(str(letter["To"]) for letter in self.taken)

    def hold(self, command: str) -> _Hold:
        """The next conversation that comes to this command waits there for an answer, until it is let go."""
        held = self._holds[command] = _Hold()
        return held

    def answer(self, command: str, argument: str, port: int) -> str:
        if held := self._holds.pop(command, None):
            held.wait(port)
        return next((said for part, said in self.receivers.items() if part in argument), self.answers[command])

    def recover(self) -> None:
        """Say what a server says that has nothing against anybody."""
        self.answers, self.receivers = dict(ANSWERS), {}


class _Hold:
    def __init__(self) -> None:
        self._came: SimpleQueue[int] = SimpleQueue()
        self._go_on = threading.Event()

    def wait(self, port: int) -> None:
        self._came.put(port)
        self._go_on.wait(PATIENCE)

    def reached(self) -> int:
        """Wait for a conversation to come here; the port at which the other end speaks."""
        return self._came.get(timeout=PATIENCE)

    def let_go(self) -> None:
        self._go_on.set()


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        server = cast("_Server", self.server).mail
        try:
            self._say("220 mail.example")
            while line := self.rfile.readline().decode():
                command, argument = line[:4].upper().strip(), line[4:].strip()
                self._say(server.answer(command, argument, self.client_address[1]))
                if command == "DATA" and server.answers["DATA"].startswith("354"):
                    self._take(server)
        except OSError:
            pass  # the other end is gone

    def _take(self, server: MailServer) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return
            lines.append(line)
        letter = message_from_bytes(b"".join(lines).replace(b"\r\n", b"\n"), policy=policy.default)
        if server.answers["."].startswith("250"):
            server.taken.append(letter)
        self._say(server.answer(".", "", self.client_address[1]))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    mail: MailServer


@contextmanager
def mail_server() -> Iterator[MailServer]:
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.mail = MailServer(port=server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.mail
        finally:
            server.shutdown()
            thread.join()


def speaks_at(port: int) -> Callable[[int], bool]:
    """Whether a process is the one that speaks at a port."""
    return lambda pid: any(each.laddr.port == port for each in psutil.Process(pid).net_connections("tcp"))

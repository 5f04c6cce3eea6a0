"""A node in wrong hands: serves a feed tree over raw sockets, and answers as it likes."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Answer = Callable[[socket.socket, str, bytes], None]
"""Writes to the connection what it likes, given the head of the request and the honest file."""


class HostileNode:
    """Honest until `answers` has something for a part of the path."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        for each in [self._listener, *self._open]:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                screen, _ = self._listener.accept()
                self._open.append(screen)
                self._threads.append(threading.Thread(target=self._serve, args=[screen]))
                self._threads[-1].start()

    def _serve(self, screen: socket.socket) -> None:
        with suppress(OSError), screen:
            head = b""
            while b"\r\n\r\n" not in head:
                if not (more := screen.recv(1 << 16)):
                    return
                head += more
            head, _, body = head.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            while length and len(body) < int(length[1]):
                if not (more := screen.recv(1 << 16)):
                    return
                body += more
            path = head.split()[1].decode().lstrip("/")
            self.asked.append(head.decode())
            file = self._folder / path
            for part, answer in self.answers.items():
                if part in path:
                    answer(screen, head.decode(), file.read_bytes() if file.exists() else b"")
                    return
            if file.is_file():
                give(screen, file.read_bytes())
            else:
                give(screen, b"", status="404 Not Found")


def give(screen: socket.socket, body: bytes, status: str = "200 OK", *headers: str) -> None:
    """Answer by the book, and close."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    screen.sendall("\r\n".join([*lines, "", ""]).encode() + body)


def endless(screen: socket.socket, start: bytes, again: bytes) -> None:
    """Send without end, until the screen hangs up."""
    screen.sendall(start)
    while True:
        screen.sendall(again)

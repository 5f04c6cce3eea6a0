"""A link between a screen and its node that is slow, or breaks."""

import socket
import threading
import time
from contextlib import suppress
from urllib.parse import urlsplit


class Link:
    """Carries TCP to a node.

    `cut_after` bytes from the node it breaks a connection; `pause` is what every 64 KiB takes, in
    seconds; `requests` are the heads that went through.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._node = (parts.hostname or "", parts.port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.cut_after: int | None = None
        self.pause = 0.0
        self.requests: list[str] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                screen, _ = self._listener.accept()
            except OSError:
                return
            node = socket.create_connection(self._node)
            for carry in (self._up, self._down):
                self._threads.append(threading.Thread(target=carry, args=(screen, node)))
                self._threads[-1].start()

    def _up(self, screen: socket.socket, node: socket.socket) -> None:
        with suppress(OSError):
            while asked := screen.recv(1 << 16):
                self.requests.append(asked.decode(errors="replace"))
                node.sendall(asked)
        with suppress(OSError):
            node.shutdown(socket.SHUT_RDWR)

    def _down(self, screen: socket.socket, node: socket.socket) -> None:
        carried = 0
        with suppress(OSError), screen, node:
            while given := node.recv(1 << 16):
                time.sleep(self.pause)
                if self.cut_after is not None and carried + len(given) > self.cut_after:
                    screen.sendall(given[: self.cut_after - carried])
                    screen.shutdown(socket.SHUT_RDWR)
                    return
                carried += len(given)
                screen.sendall(given)

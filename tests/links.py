"""A link that can be cut, counted, and go dark, between the hub and a real node."""

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from cluster_feed.core.cluster import Node

_CHUNK = 16 << 10


class BadLink:
    """A way to a node over loopback.

    `cuts` says after how many bytes towards the node each coming connection is cut; when they
    are used up, the link is whole.  Once `dark` is set nothing passes any more, in silence.
    """

    def __init__(self, node: Node, cuts: Sequence[int] = ()) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.node = node.model_copy(update={"port": self._listener.getsockname()[1]})
        self.cuts = list(cuts)
        self.dark = threading.Event()
        self.connections = 0
        self.sent = 0
        self._far_port = node.port
        self._open: list[socket.socket] = []

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                self.connections += 1
                far = socket.create_connection(("127.0.0.1", self._far_port))
                for end in (near, far):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open += [near, far]
                room = self.cuts.pop(0) if self.cuts else None
                for source, sink, left in ((near, far, room), (far, near, None)):
                    threading.Thread(
                        target=self._pump, args=(source, sink, left), daemon=True
                    ).start()

    def _pump(self, source: socket.socket, sink: socket.socket, room: int | None) -> None:
        towards_node = sink.getpeername()[1] == self._far_port
        with suppress(OSError):
            while content := source.recv(_CHUNK if room is None else min(_CHUNK, room)):
                if self.dark.is_set():
                    threading.Event().wait()
                sink.sendall(content)
                if towards_node:
                    self.sent += len(content)
                if room is not None:
                    room -= len(content)
                    if room == 0:
                        break
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for each in (self._listener, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


@contextmanager
def bad_link(node: Node, cuts: Sequence[int] = ()) -> Iterator[BadLink]:
    """Lay a link to a node, and take it up again."""
    link = BadLink(node, cuts)
    server = threading.Thread(target=link.serve, daemon=True)
    server.start()
    try:
        yield link
    finally:
        link.close()
        server.join(5)

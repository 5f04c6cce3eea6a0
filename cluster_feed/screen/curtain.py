"""What hides a browser that is not there yet: a plain window above all others, and X's root.

A browser's window is black from when it is opened until its page is painted.  The curtain is X's
composite overlay, in the province's red: no window can come before it, nothing needs to paint it,
and the server takes it away when this process dies.  Without X (on Wayland) there is none.
"""

import ctypes
import logging
import os
from ctypes import CFUNCTYPE, c_char_p, c_int, c_uint, c_ulong, c_void_p
from typing import Final

from cluster_feed.screen import card

logger = logging.getLogger(__name__)

_COLOUR: Final = int(card.RED.removeprefix("#"), 16)
_ON_ERROR = CFUNCTYPE(c_int, c_void_p, c_void_p)
_ON_END = CFUNCTYPE(None, c_void_p, c_void_p)


def _ignore_error(_display: c_void_p, _event: c_void_p) -> int:
    """Go on: Xlib's own handler would end this process."""
    logger.warning("X refused a request of the curtain")
    return 0


def _ignore_end(_display: c_void_p, _data: c_void_p) -> None:
    """Go on without the server, which Chromium needs too and which its unit starts again."""
    logger.error("the X server is gone")


_HANDLES_ERROR, _HANDLES_END = _ON_ERROR(_ignore_error), _ON_END(_ignore_end)


class Curtain:
    """Drawn until the page is painted."""

    def __init__(self) -> None:
        self._display: int | None = None
        self._overlay: int | None = None
        if not os.environ.get("DISPLAY"):
            return
        try:
            self._x11 = ctypes.CDLL("libX11.so.6")
            self._composite = ctypes.CDLL("libXcomposite.so.1")
        except OSError as error:
            logger.warning("no curtain: %s", error)
            return
        self._declare()
        self._x11.XSetErrorHandler(_HANDLES_ERROR)
        self._display = self._x11.XOpenDisplay(None)
        if not self._display:
            logger.warning("no curtain: the display does not answer")
            return
        self._x11.XSetIOErrorExitHandler(self._display, _HANDLES_END, None)
        self._root = self._x11.XDefaultRootWindow(self._display)
        self._x11.XSetWindowBackground(self._display, self._root, _COLOUR)
        self._x11.XClearWindow(self._display, self._root)
        self._x11.XSync(self._display, 0)

    def draw(self) -> None:
        """Hide everything."""
        if self._display and not self._overlay:
            self._overlay = self._composite.XCompositeGetOverlayWindow(self._display, self._root)
            size = (1 << 14, 1 << 14)
            self._sheet = self._x11.XCreateSimpleWindow(
                self._display, self._overlay, 0, 0, *size, 0, 0, _COLOUR
            )
            self._x11.XMapWindow(self._display, self._sheet)
            self._x11.XSync(self._display, 0)

    def lift(self) -> None:
        """Show what is behind it."""
        if self._display and self._overlay:
            self._x11.XDestroyWindow(self._display, self._sheet)
            self._composite.XCompositeReleaseOverlayWindow(self._display, self._overlay)
            self._x11.XSync(self._display, 0)
            self._overlay = None

    def close(self) -> None:
        """Leave the display."""
        self.lift()
        if self._display:
            self._x11.XCloseDisplay(self._display)
            self._display = None

    def _declare(self) -> None:
        """Say what the libraries' functions take: a window is wider than C's int."""
        window = (c_void_p, c_ulong)
        functions = {
            "XOpenDisplay": (c_void_p, (c_char_p,)),
            "XDefaultRootWindow": (c_ulong, (c_void_p,)),
            "XSetWindowBackground": (c_int, (*window, c_ulong)),
            "XClearWindow": (c_int, window),
            "XMapWindow": (c_int, window),
            "XDestroyWindow": (c_int, window),
            "XSync": (c_int, (c_void_p, c_int)),
            "XCloseDisplay": (c_int, (c_void_p,)),
            "XSetErrorHandler": (c_void_p, (_ON_ERROR,)),
            "XSetIOErrorExitHandler": (None, (c_void_p, _ON_END, c_void_p)),
            "XCreateSimpleWindow": (
                c_ulong,
                (*window, c_int, c_int, c_uint, c_uint, c_uint, c_ulong, c_ulong),
            ),
        }
        for name, (result, arguments) in functions.items():
            function = getattr(self._x11, name)
            function.restype, function.argtypes = result, arguments
        self._composite.XCompositeGetOverlayWindow.restype = c_ulong
        self._composite.XCompositeGetOverlayWindow.argtypes = window
        self._composite.XCompositeReleaseOverlayWindow.restype = None
        self._composite.XCompositeReleaseOverlayWindow.argtypes = window

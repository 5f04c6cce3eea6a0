"""What hides a browser that is not there yet: the safe card above all windows, and on X's root.

A browser's window is black from when it is opened until its page is painted.  The curtain is X's
composite overlay: no window can come before it, nothing needs to paint it again, and the server
takes it away when this process dies; then the root shows the card too.  An X server that comes
back gets a new one.  Without X (on Wayland) there is none.
"""

import ctypes
import logging
import os
import sys
from ctypes import (
    CFUNCTYPE,
    POINTER,
    byref,
    c_char_p,
    c_int,
    c_uint,
    c_ulong,
    c_void_p,
)
from typing import Final

from cluster_feed.screen import card
from cluster_feed.screen.config import ScreenConfig

logger = logging.getLogger(__name__)

_COLOUR: Final = int(card.RED.removeprefix("#"), 16)
_DEPTH: Final = 24
"""Bits of a colour, red first, where the card can be painted; a display of others has its red."""
_ZPIXMAP: Final = 2
_LARGEST: Final = 1 << 14
"""Pixels of a side of the sheet: no display is larger, and one may grow."""
_ON_ERROR = CFUNCTYPE(c_int, c_void_p, c_void_p)
_ON_LOSS = CFUNCTYPE(c_int, c_void_p)
_ON_END = CFUNCTYPE(None, c_void_p, c_void_p)


def _ignore_error(_display: c_void_p, _event: c_void_p) -> int:
    """Go on: Xlib's own handler would end this process."""
    logger.warning("X refused a request of the curtain")
    return 0


def _ignore_loss(_display: c_void_p) -> int:
    """Go on without the server, which Chromium needs too and which its unit starts again."""
    logger.error("the X server is gone")
    return 0


def _ignore_end(_display: c_void_p, _data: c_void_p) -> None:
    """Go on: Xlib would end this process after the former too."""


_HANDLES_ERROR = _ON_ERROR(_ignore_error)
_HANDLES_LOSS, _HANDLES_END = _ON_LOSS(_ignore_loss), _ON_END(_ignore_end)


class Curtain:
    """Drawn until the page is painted."""

    def __init__(self, config: ScreenConfig) -> None:
        self._config = config
        self._display: int | None = None
        self._overlay: int | None = None
        self._size = (0, 0)
        self._picture: int | None = None
        self._usable = False
        if not os.environ.get("DISPLAY"):
            return
        try:
            self._x11 = ctypes.CDLL("libX11.so.6")
            self._composite = ctypes.CDLL("libXcomposite.so.1")
        except OSError as error:
            logger.warning("no curtain: %s", error)
            return
        self._usable = True
        self._declare()
        self._x11.XSetErrorHandler(_HANDLES_ERROR)
        self._x11.XSetIOErrorHandler(_HANDLES_LOSS)
        self._prepare()

    def draw(self) -> None:
        """Hide everything."""
        self._prepare()
        if self._display and not self._overlay:
            self._overlay = self._composite.XCompositeGetOverlayWindow(self._display, self._root)
            self._sheet = self._x11.XCreateSimpleWindow(
                self._display, self._overlay, 0, 0, _LARGEST, _LARGEST, 0, 0, _COLOUR
            )
            self._paint(self._sheet)
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

    def _prepare(self) -> None:
        """Have the card ready, on the server that is there now and in its size."""
        size = self._measured()
        if self._display and not size:
            self._overlay = None
            self.close()
        if self._usable and not self._display:
            self._display = self._x11.XOpenDisplay(None)
            if not self._display:
                return
            logger.info("the display is there")
            self._x11.XSetIOErrorExitHandler(self._display, _HANDLES_END, None)
            self._root = self._x11.XDefaultRootWindow(self._display)
            self._size, self._picture, size = (0, 0), None, self._measured()
        if size and size != self._size:
            self.lift()
            if self._picture:
                self._x11.XFreePixmap(self._display, self._picture)
            self._size = size
            self._picture = self._painted(*size)
            self._paint(self._root)

    def _measured(self) -> tuple[int, int] | None:
        """The display's width and height; None: there is none that answers."""
        if not self._display:
            return None
        root, numbers = c_ulong(), [c_uint() for _ in range(6)]
        there = self._x11.XGetGeometry(
            self._display, self._root, byref(root), *(byref(each) for each in numbers)
        )
        return (numbers[2].value, numbers[3].value) if there else None

    def _paint(self, window: int) -> None:
        """Have the server show the card in a window, whoever dies."""
        self._x11.XSetWindowBackground(self._display, window, _COLOUR)
        if self._picture:
            self._x11.XSetWindowBackgroundPixmap(self._display, window, self._picture)
        self._x11.XClearWindow(self._display, window)
        self._x11.XSync(self._display, 0)

    def _painted(self, width: int, height: int) -> int | None:
        """The card as the server keeps it."""
        x11, display, root = self._x11, self._display, self._root
        x11.XSetWindowBackground(display, root, _COLOUR)  # drawing the card takes a moment
        x11.XClearWindow(display, root)
        x11.XSync(display, 0)
        screen = x11.XDefaultScreen(display)
        if x11.XDefaultDepth(display, screen) != _DEPTH or sys.byteorder != "little":
            return None
        pixels = card.image(self._config, (width, height)).tobytes("raw", "BGRX")
        picture: int = x11.XCreatePixmap(display, root, width, height, _DEPTH)
        pen = x11.XCreateGC(display, picture, 0, None)
        visual = x11.XDefaultVisual(display, screen)
        image = x11.XCreateImage(
            display, visual, _DEPTH, _ZPIXMAP, 0, pixels, width, height, 32, 4 * width
        )
        x11.XPutImage(display, picture, pen, image, 0, 0, 0, 0, width, height)
        x11.XFreeGC(display, pen)
        x11.XFree(image)  # and not what it was made of, which is Python's
        return picture

    def _declare(self) -> None:
        """Say what the libraries' functions take: a window is wider than C's int."""
        window, number, size = (c_void_p, c_ulong), POINTER(c_uint), (c_uint, c_uint)
        functions = {
            "XOpenDisplay": (c_void_p, (c_char_p,)),
            "XDefaultRootWindow": (c_ulong, (c_void_p,)),
            "XDefaultScreen": (c_int, (c_void_p,)),
            "XDefaultDepth": (c_int, (c_void_p, c_int)),
            "XDefaultVisual": (c_void_p, (c_void_p, c_int)),
            "XGetGeometry": (c_int, (*window, POINTER(c_ulong), *(6 * (number,)))),
            "XSetWindowBackground": (c_int, (*window, c_ulong)),
            "XSetWindowBackgroundPixmap": (c_int, (*window, c_ulong)),
            "XCreatePixmap": (c_ulong, (*window, *size, c_uint)),
            "XFreePixmap": (c_int, window),
            "XCreateGC": (c_void_p, (*window, c_ulong, c_void_p)),
            "XFreeGC": (c_int, (c_void_p, c_void_p)),
            "XFree": (c_int, (c_void_p,)),
            "XCreateImage": (
                c_void_p,
                (c_void_p, c_void_p, c_uint, c_int, c_int, c_char_p, *size, c_int, c_int),
            ),
            "XPutImage": (
                c_int,
                (*window, c_void_p, c_void_p, *(4 * (c_int,)), *size),
            ),
            "XClearWindow": (c_int, window),
            "XMapWindow": (c_int, window),
            "XDestroyWindow": (c_int, window),
            "XSync": (c_int, (c_void_p, c_int)),
            "XCloseDisplay": (c_int, (c_void_p,)),
            "XSetErrorHandler": (c_void_p, (_ON_ERROR,)),
            "XSetIOErrorHandler": (c_void_p, (_ON_LOSS,)),
            "XSetIOErrorExitHandler": (None, (c_void_p, _ON_END, c_void_p)),
            "XCreateSimpleWindow": (
                c_ulong,
                (*window, c_int, c_int, *size, c_uint, c_ulong, c_ulong),
            ),
        }
        for name, (result, arguments) in functions.items():
            function = getattr(self._x11, name)
            function.restype, function.argtypes = result, arguments
        self._composite.XCompositeGetOverlayWindow.restype = c_ulong
        self._composite.XCompositeGetOverlayWindow.argtypes = window
        self._composite.XCompositeReleaseOverlayWindow.restype = None
        self._composite.XCompositeReleaseOverlayWindow.argtypes = window

"""Where a text may be broken into lines, in any script: ICU's rules, and its dictionary of Lao.

Lao puts no spaces between its words.  The library comes with ffmpeg, which needs it for XML; its
functions bear its version in their names.
"""

import ctypes
import ctypes.util
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from cluster_feed.core.errors import ToolMissing

_LINES: Final = 2
"""UBRK_LINE: break where a line may end (Unicode, annex 14)."""
_DONE: Final = -1


def pieces(text: str) -> Iterator[str]:
    """Cut a text at every place where a line may end.  Raises ToolMissing."""
    library, version = _library()
    units = text.encode("utf-16-le")
    status = ctypes.c_int(0)
    opened = getattr(library, f"ubrk_open_{version}")
    opened.restype = ctypes.c_void_p
    breaks = opened(_LINES, b"lo", units, len(units) // 2, ctypes.byref(status))
    if status.value > 0 or not breaks:
        raise ToolMissing(tool=f"ICU ({status.value})", install="apt install libicu72")
    handle = ctypes.c_void_p(breaks)
    start = 0
    try:
        while (end := getattr(library, f"ubrk_next_{version}")(handle)) != _DONE:
            yield units[2 * start : 2 * end].decode("utf-16-le")
            start = end
    finally:
        getattr(library, f"ubrk_close_{version}")(handle)


@cache
def _library() -> tuple[Any, str]:
    name = ctypes.util.find_library("icuuc") or ""
    version = name.rpartition(".so.")[2]
    if not version:
        raise ToolMissing(tool="ICU", install="apt install libicu72")
    return ctypes.CDLL(name), version

"""Opens photos that nobody here made; a program of its own.

    main(["<megapixels>", "<bytes>"])                        what the photo on standard input is
    main(["<megapixels>", "<bytes>", "<orders as JSON>"])    JPEGs made of it

A photo may have so many megapixels, and take so many bytes: it is held once, and made smaller a
strip at a time.  `stills` runs this, a process a photo, with a bound on its memory, so that a
picture made to exhaust or to take over its reader costs that one process.  It knows nothing of the
house.  What it refuses it answers with `{"refused": <reason>, "facts": {…}}`.
"""

import json
import sys
import warnings
from threading import stack_size
from typing import Final

from .developing import develop
from .looking import look
from .opening import CODED_IN_MANY_WAYS, Bounds, Refused, opened, too_heavy

_LARGE_PART: Final = 0.25
"""The part of the largest size from which on a picture may need more memory than there is."""
_LIBHEIF_LACKS_MEMORY: Final = "Memory allocation error"
_STACK_BYTES: Final = 1 << 20


def main(arguments: list[str]) -> None:
    """Do what the arguments order with the photo on standard input.

    Anything that is not foreseen ends the program; its last words are then the reason.
    """
    warnings.simplefilter("ignore")
    stack_size(_STACK_BYTES)
    bounds = Bounds(float(arguments[0]), int(arguments[1]))
    try:
        image = opened(sys.stdin.buffer, bounds)
        try:
            orders = json.loads(arguments[2]) if arguments[2:] else []
            answer = develop(image, orders, bounds) if orders else _json(look(image))
        except (MemoryError, RuntimeError) as error:
            lacks_memory = isinstance(error, MemoryError) or _LIBHEIF_LACKS_MEMORY in str(error)
            is_large = image.width * image.height > bounds.pixels * _LARGE_PART
            if not (lacks_memory and is_large):
                raise
            raise too_heavy(image) from None
        except (OSError, ValueError) as error:
            if image.format not in CODED_IN_MANY_WAYS or "truncated" in str(error):
                raise
            raise Refused("UnreadablePhoto", format=image.format, detail=error) from None
    except Refused as refused:
        answer = _json({"refused": refused.reason, "facts": refused.facts})
    sys.stdout.buffer.write(answer)
    sys.stdout.buffer.flush()


def _json(answer: dict[str, object]) -> bytes:
    return json.dumps(answer).encode()

"""What may be the matter with a file's path in a bag that travels between systems."""

import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

_OUTSIDE: Final = re.compile(r"[/~\\]|[A-Za-z]:|%\w+%")
"""What a shell or a disk takes for the beginning of another place: /, ~, C:, %HOME%."""
_SYSTEM_FILES: Final = frozenset(
    {
        ".ds_store",
        ".fseventsd",
        ".spotlight-v100",
        ".temporaryitems",
        ".trashes",
        "desktop.ini",
        "thumbs.db",
    }
)
_NOT_ON_WINDOWS: Final = re.compile(
    r'.*[<>:"|?*\x00-\x1f\\].*|.*[. ]|(CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(\..*)?',
    re.IGNORECASE | re.DOTALL,
)


def spelling(path: str) -> str:
    """Fold what a disk may not tell apart: letter case, and how marks are composed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def leads_out(path: str) -> bool:
    """Whether following a path could end outside of the bag, on any system."""
    return bool(_OUTSIDE.match(path)) or ".." in re.split(r"[/\\]", path)


def is_the_systems(path: str) -> bool:
    """Whether an operating system makes and removes such a file by itself."""
    parts = [part.casefold() for part in PurePosixPath(path).parts]
    return any(part in _SYSTEM_FILES for part in parts) or (
        bool(parts) and parts[-1].startswith("._")
    )


def fits_windows(path: str) -> bool:
    """Whether Windows can hold such a name."""
    return not any(_NOT_ON_WINDOWS.fullmatch(part) for part in PurePosixPath(path).parts)

"""How long the names that the record refers by may be."""

from typing import Final

SHA256_LENGTH: Final = 64
SLUG_LENGTH: Final = 64

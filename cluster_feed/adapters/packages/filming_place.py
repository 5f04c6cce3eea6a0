"""Whether a clip tells where it was filmed.

Phones and action cameras write the place into a file, sometimes second by second; a newsroom that
supplies a clip has not thereby agreed to publish a colleague's whereabouts.
"""

import json
import logging
import subprocess
from pathlib import Path
from typing import Any, Final

from cluster_feed.core.errors import ToolMissing

_log = logging.getLogger(__name__)

_FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mxf,mpegts,mpeg,avi,asf,flv"
_TIMEOUT_SECONDS: Final = 120
_TELLING_TAGS: Final = ("location", "gps", "geo", "xyz")
_TELLING_TRACKS: Final = frozenset({"gpmd", "camm", "mebx", "rtmd"})
"""Timed metadata of GoPro, Google, Apple and Sony devices."""


def is_told(clip: Path) -> bool:
    """Look for a place in a clip's tags and tracks; a file that cannot be read may tell anything.

    Raises ToolMissing.
    """
    command: list[str | Path] = [
        *("ffprobe", "-v", "error", "-protocol_whitelist", "file", "-format_whitelist", _FORMATS),
        *("-show_entries", "format_tags:stream_tags:stream=codec_tag_string", "-of", "json"),
        f"file:{clip.resolve()}",
    ]
    try:
        probed = subprocess.run(
            command,
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_SECONDS,
        )
        found: dict[str, Any] = json.loads(probed.stdout)
    except FileNotFoundError as error:
        raise ToolMissing(tool="ffprobe", install="apt install ffmpeg") from error
    except (subprocess.SubprocessError, ValueError):
        _log.warning("%s cannot be probed; it is taken to tell where it was filmed", clip)
        return True
    parts = [found.get("format", {}), *found.get("streams", [])]
    names = {name.lower() for part in parts for name in part.get("tags", {})}
    tracks = {part.get("codec_tag_string") for part in parts}
    return bool(tracks & _TELLING_TRACKS) or any(
        telling in name for name in names for telling in _TELLING_TAGS
    )

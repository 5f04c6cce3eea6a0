"""The awkward files a newsroom really drops, derived from the licensed excerpts in samples/.

The good ones must be normalized for the screens; the bad ones must be refused with a reason.
Each function writes one file at the path it is given and returns that path.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from PIL import ExifTags, Image

SAMPLES = Path(__file__).parents[1] / "samples"
CLIP = SAMPLES / "big-buck-bunny.mp4"
LANDSCAPE = SAMPLES / "mountain-meadow.jpg"
PORTRAIT = SAMPLES / "dogs-portrait.jpg"
CAMERA_PHOTO = SAMPLES / "storm-road.jpg"

ROTATE_CLOCKWISE_TO_SHOW = 6
TWENTY_FOUR_MEGAPIXELS_UPRIGHT = (4000, 6000)

# The excerpt is 24p: only a pan computed at 50 Hz makes the two fields of a frame differ.
PAN_AT_FIELD_RATE = "fps=50,scale=2560:1440,crop=1920:1080:x='(iw-ow)*t/5':y='(ih-oh)/2'"
FIELDS_TO_FRAMES = "tinterlace=interleave_top:flags=low_pass_filter,setfield=tff"
INTERLACED_MPEG2 = ("-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1", "-g", "12")
STEREO_48K = ("-ac", "2", "-ar", "48000")


def _ffmpeg(source: Path, *arguments: str, to: Path) -> Path:
    options = ("-nostdin", "-v", "error", "-y")
    command: list[str | Path] = ["ffmpeg", *options, "-i", source, *arguments, to]
    subprocess.run(command, check=True, capture_output=True)
    return to


def _first_half(source: Path, to: Path) -> Path:
    content = source.read_bytes()
    to.write_bytes(content[: len(content) // 2])
    return to


def interlaced_mxf(to: Path) -> Path:
    """Record as a broadcast camera does: 1080i50 MPEG-2 4:2:2 at 50 Mb/s, 24-bit PCM, MXF."""
    return _ffmpeg(
        CLIP,
        *("-vf", f"{PAN_AT_FIELD_RATE},{FIELDS_TO_FRAMES},setsar=1,format=yuv422p"),
        *INTERLACED_MPEG2,
        *("-b:v", "50M", "-minrate", "50M", "-maxrate", "50M", "-bufsize", "17825792"),
        *("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"),
        *("-c:a", "pcm_s24le", *STEREO_48K, "-f", "mxf"),
        to=to,
    )


def transport_stream(to: Path) -> Path:
    """Capture as from a satellite feed: widescreen 576i25, MPEG-2 and MP2, in TS."""
    return _ffmpeg(
        CLIP,
        *("-vf", f"{PAN_AT_FIELD_RATE},scale=720:576,{FIELDS_TO_FRAMES},setdar=16/9"),
        *INTERLACED_MPEG2,
        *("-b:v", "6M", "-maxrate", "8M", "-bufsize", "1835008"),
        *("-c:a", "mp2", "-b:a", "192k", *STEREO_48K, "-f", "mpegts"),
        to=to,
    )


def rotated_phone_clip(to: Path) -> Path:
    """Film as an upright phone does: frames on their side, only a display matrix to tell.

    ffmpeg 5.1 writes the matrix only when it copies the stream, and turns the tag's 270 into
    the rotation of -90 that phones record.
    """
    with TemporaryDirectory() as scratch:
        on_its_side = _ffmpeg(
            CLIP,
            *("-vf", "crop=608:1080,scale=1080:1920,setsar=1,transpose=cclock,fps=30"),
            *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"),
            *("-c:a", "aac", *STEREO_48K),
            to=Path(scratch) / "on-its-side.mov",
        )
        tagged = ("-c", "copy", "-metadata:s:v:0", "rotate=270", "-f", "mov")
        return _ffmpeg(on_its_side, *tagged, to=to)


def anamorphic(to: Path) -> Path:
    """Record as HDV does: 1440x1080 stored, shown 16:9 because its pixels are 4:3 wide."""
    return _ffmpeg(
        CLIP,
        *("-vf", "scale=1440:1080,setsar=4/3,fps=25"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"),
        *("-c:a", "aac", *STEREO_48K, "-f", "mp4"),
        to=to,
    )


def legacy_avi(to: Path) -> Path:
    """Record as an old street camera does: 768x576, 10 fps, MS-MPEG-4 v3 in AVI, no sound."""
    return _ffmpeg(
        CLIP,
        *("-vf", "crop=1440:1080,scale=768:576,setsar=1,fps=10", "-an"),
        *("-c:v", "msmpeg4v3", "-tag:v", "DIV3", "-q:v", "4", "-f", "avi"),
        to=to,
    )


def silent_clip(to: Path) -> Path:
    """Leave out the audio stream altogether, for chains that take sound for granted."""
    return _ffmpeg(CLIP, "-c", "copy", "-an", "-f", "mp4", to=to)


def large_photo_with_orientation(to: Path) -> Path:
    """Store 24 upright megapixels on their side, with only EXIF orientation 6 to tell.

    The picture is PORTRAIT enlarged; the camera's EXIF block is the real one of CAMERA_PHOTO.
    """
    with Image.open(CAMERA_PHOTO) as camera, Image.open(PORTRAIT) as portrait:
        exif = camera.getexif()
        upright = portrait.resize(TWENTY_FOUR_MEGAPIXELS_UPRIGHT, Image.Resampling.BICUBIC)
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    exif[ExifTags.Base.Orientation] = ROTATE_CLOCKWISE_TO_SHOW
    details = exif.get_ifd(ExifTags.IFD.Exif)
    details[ExifTags.Base.ExifImageWidth] = stored.width
    details[ExifTags.Base.ExifImageHeight] = stored.height
    stored.save(to, "JPEG", quality=88, exif=exif)
    return to


def landscape_photo(to: Path) -> Path:
    """Copy a photo wider than it is high, as it came."""
    return copyfile(LANDSCAPE, to)


def portrait_photo(to: Path) -> Path:
    """Copy a photo higher than it is wide, pixels upright, no EXIF to lean on."""
    return copyfile(PORTRAIT, to)


def truncated_clip(to: Path) -> Path:
    """Break off an upload: the index is whole, half of what it promises is missing."""
    return _first_half(CLIP, to)


def playlist_in_disguise(to: Path) -> Path:
    """Name an HLS playlist as a clip: a trusting decoder plays a local file of its choosing."""
    lines = (
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        "#EXT-X-TARGETDURATION:6",
        "#EXTINF:5.0,",
        str(CLIP.resolve()),
        "#EXT-X-ENDLIST",
    )
    to.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return to


def truncated_photo(to: Path) -> Path:
    """Lose the second half of a photo on its way."""
    return _first_half(LANDSCAPE, to)


def text_named_jpg(to: Path) -> Path:
    """Save a reporter's note under a photo's name."""
    to.write_text("Ghi chú của phóng viên: ảnh sẽ gửi sau.\n", encoding="utf-8")
    return to


CASES: dict[str, Callable[[Path], Path]] = {
    "interlaced.mxf": interlaced_mxf,
    "transport.ts": transport_stream,
    "phone.mov": rotated_phone_clip,
    "anamorphic.mp4": anamorphic,
    "legacy.avi": legacy_avi,
    "silent.mp4": silent_clip,
    "large.jpg": large_photo_with_orientation,
    "landscape.jpg": landscape_photo,
    "portrait.jpg": portrait_photo,
    "truncated.mp4": truncated_clip,
    "playlist.mp4": playlist_in_disguise,
    "truncated.jpg": truncated_photo,
    "text.jpg": text_named_jpg,
}


def make_all(folder: Path) -> dict[str, Path]:
    """Put every case into the folder under its plain name, good and bad together."""
    folder.mkdir(parents=True, exist_ok=True)
    return {name: make(folder / name) for name, make in CASES.items()}

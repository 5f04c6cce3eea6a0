"""Stranger files than `material`'s: small, made in a moment, each odd in one way.

Each function writes one file at the path it is given and returns that path.
"""

import io
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageCms, ImageDraw, PngImagePlugin, TiffImagePlugin
from pillow_heif import register_heif_opener

SMALL = "testsrc2=s=320x180:r=25:d=2"
TONE = "sine=f=440:d=2:r=48000,volume=-6dB"
FAST_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac")
RED, GREEN, BLUE = (220, 30, 30), (30, 200, 30), (30, 30, 220)

CORNERS = (
    f"color=white:s=320x180:r=25:d=1,format=rgb24,drawbox=0:0:160:90:#{bytes(RED).hex()}:fill"
    f",drawbox=160:0:160:90:#{bytes(GREEN).hex()}:fill"
    f",drawbox=0:90:160:90:#{bytes(BLUE).hex()}:fill,format=yuv420p"
)
"""A clip of the same corners as `card`: red, green on top, blue, white below."""


def clip(to: Path, picture: str = SMALL, *options: str, sound: str = "", form: str = "mp4") -> Path:
    """Make a clip of ffmpeg's test sources; its format does not come from its name."""
    inputs = ["-f", "lavfi", "-i", picture]
    inputs += ["-f", "lavfi", "-i", sound] if sound else []
    run = ["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, *options, "-f", form, f"file:{to}"]
    subprocess.run(run, check=True, capture_output=True)
    return to


def plain(to: Path) -> Path:
    """Two seconds at 320x180 with a tone, as ordinary as can be."""
    return clip(to, SMALL, *FAST_H264, *AAC, sound=TONE)


def odd_size(to: Path) -> Path:
    """853x479, which 4:2:0 cannot hold."""
    return clip(to, "testsrc=s=853x479:r=25:d=1", *FAST_H264[:4], "-pix_fmt", "yuv444p")


def variable_rate(to: Path) -> Path:
    """Record as a phone does: 30 frames a second, then one in three, then 30 again."""
    uneven = "select='lt(t,0.7)+gt(t,1.4)+not(mod(n,3))'"
    return clip(to, "testsrc2=s=320x180:r=30:d=2", "-vf", uneven, "-vsync", "vfr", *FAST_H264)


def turned(to: Path) -> Path:
    """Film upright with a phone: the picture on its side, and a matrix that says so."""
    with TemporaryDirectory() as scratch:
        stored = clip(
            Path(scratch) / "stored",
            f"{CORNERS},transpose=cclock",
            *FAST_H264,
        )
        run = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(stored), "-c", "copy"]
        run += ["-metadata:s:v:0", "rotate=270", "-f", "mov", f"file:{to}"]
        subprocess.run(run, check=True, capture_output=True)
    return to


def skewed(to: Path, *rows: tuple[float, float]) -> Path:
    """Film into a mirror, or aslant: a matrix tells how; its rows are where right and down go."""
    clip(to, CORNERS, *FAST_H264)
    matrix = b"".join(
        struct.pack(">iii", *(round(part * 65536) for part in row), 0) for row in rows
    )
    content = bytearray(to.read_bytes())
    place = content.index(b"tkhd") + 44
    content[place : place + len(matrix)] = matrix
    to.write_bytes(content)
    return to


def anamorphic(to: Path) -> Path:
    """Store the picture narrower than it is shown."""
    return clip(to, f"{CORNERS},scale=240:180,setsar=4/3", *FAST_H264)


def time_lapse(to: Path) -> Path:
    """One frame a second."""
    return clip(to, "testsrc2=s=320x180:r=1:d=5", *FAST_H264)


def surround(to: Path) -> Path:
    """Sound in 5.1, the voice in the centre alone."""
    centre = "aevalsrc=0|0|0.3*sin(2000*t)|0|0|0:c=5.1:d=2:s=48000"
    return clip(to, SMALL, *FAST_H264, *AAC, sound=centre)


def mono(to: Path) -> Path:
    """One channel at 44.1 kHz."""
    return clip(to, SMALL, *FAST_H264, *AAC, "-ac", "1", "-ar", "44100", sound=TONE)


def discrete_channels(to: Path) -> Path:
    """Record as XDCAM does, every channel a track of its own: a tone left, silence right."""
    left_and_right = "[1:a]asplit[left][same];[same]volume=0[right]"
    tracks = ("-map", "0:v", "-map", "[left]", "-map", "[right]")
    mpeg2 = ("-c:v", "mpeg2video", "-b:v", "5M", "-c:a", "pcm_s16le", "-ac", "1")
    return clip(
        to, SMALL, "-filter_complex", left_and_right, *tracks, *mpeg2, sound=TONE, form="mxf"
    )


def tracks(to: Path, *volumes: float, form: str = "mxf") -> Path:
    """Record several channels, every one a track of its own, each so loud; 0: silent."""
    split = f"[1:a]asplit={len(volumes)}" + "".join(f"[i{n}]" for n in range(len(volumes)))
    each = [f"[i{n}]volume={volume}[o{n}]" for n, volume in enumerate(volumes)]
    mapped = [word for n in range(len(volumes)) for word in ("-map", f"[o{n}]")]
    coded = ("-c:v", "mpeg2video", "-b:v", "2M", "-c:a", "pcm_s16le", "-ac", "1")
    graph = ("-filter_complex", ";".join([split, *each]))
    return clip(to, SMALL, *graph, "-map", "0:v", *mapped, *coded, sound=TONE, form=form)


def silence(to: Path) -> Path:
    """A sound track in which nothing is to be heard."""
    return clip(to, SMALL, *FAST_H264, *AAC, sound="anullsrc=r=48000:d=2")


def loud_clicks(to: Path) -> Path:
    """Quiet sound with high peaks: its loudness and its ceiling cannot both be had."""
    clicks = "aevalsrc='0.01*sin(3000*t)+0.9*lt(mod(t,0.5),0.0004)':d=4:s=48000"
    return clip(to, "testsrc2=s=320x180:r=25:d=4", *FAST_H264, *AAC, sound=clicks)


def late_sound(to: Path) -> Path:
    """Sound that begins half a second after the picture."""
    return clip(to, SMALL, *FAST_H264, *AAC, "-af", "asetpts=PTS+0.5/TB", sound=TONE)


def long_sound(to: Path) -> Path:
    """Sound that goes on for three seconds after the picture."""
    return clip(to, SMALL, *FAST_H264, *AAC, sound="sine=f=440:d=5")


def ten_bits(to: Path) -> Path:
    """Ten bits a colour, as an editor exports."""
    return clip(to, SMALL, *FAST_H264[:4], "-pix_fmt", "yuv422p10le")


def hybrid_log_gamma(to: Path) -> Path:
    """High dynamic range as phones record it: BT.2020, HLG."""
    return clip(to, SMALL, *FAST_H264[:4], "-pix_fmt", "yuv420p10le", *bright("arib-std-b67"))


def grey_steps(to: Path, transfer: str, *levels: int) -> Path:
    """Three grey cards side by side in a high dynamic range, by their levels in per cent."""
    card = "if(lt(X,W/3),{},if(lt(X,2*W/3),{},{}))".format(*levels)
    steps = f"color=black:s=320x180:r=25:d=1,format=yuv420p10,geq='64+8.76*{card}':512:512"
    return clip(to, steps, *FAST_H264[:4], *bright(transfer))


def standard_definition_red(to: Path) -> Path:
    """A red card in BT.601, which no tag names, 720x576."""
    bt601 = "scale=out_color_matrix=bt601:out_range=tv,setsar=16/15"
    return clip(to, "color=0xDC1E1E:s=720x576:r=25:d=1", "-vf", bt601, *FAST_H264)


def high_definition_red(to: Path) -> Path:
    """The same card in BT.709, which no tag names either, 1280x720."""
    bt709 = "scale=out_color_matrix=bt709:out_range=tv"
    return clip(to, "color=0xDC1E1E:s=1280x720:r=25:d=1", "-vf", bt709, *FAST_H264)


def full_range_red(to: Path) -> Path:
    """The same card with levels from 0 to 255, as MJPEG cameras write."""
    return clip(to, "color=0xDC1E1E:s=320x240:r=15:d=1", "-c:v", "mjpeg", form="avi")


def fields(to: Path) -> Path:
    """Record as television does: 576i, widescreen by its pixels, top field first, MPEG-2 in TS."""
    coded = ("-c:v", "mpeg2video", "-b:v", "6M", "-flags", "+ilme+ildct", "-top", "1")
    chain = ("-vf", "tinterlace=interleave_top,setfield=tff,setsar=64/45,format=yuv420p")
    return clip(to, "mandelbrot=s=720x576:r=50,trim=end=2", *chain, *coded, form="mpegts")


def unflagged_fields(to: Path) -> Path:
    """Say of the same that it is progressive: an editor lost the flag."""
    chain = ("-vf", "tinterlace=interleave_top,setfield=prog,format=yuv420p")
    return clip(to, "mandelbrot=s=720x576:r=50,trim=end=2", *chain, *FAST_H264)


def fields_in_wrong_order(to: Path) -> Path:
    """Say of the same that the other field comes first."""
    chain = ("-vf", "tinterlace=interleave_top,setfield=bff,format=yuv420p")
    coded = ("-c:v", "mpeg2video", "-b:v", "6M", "-flags", "+ilme+ildct", "-top", "0")
    return clip(to, "mandelbrot=s=720x576:r=50,trim=end=2", *chain, *coded, form="mpegts")


def fields_of_no_standard(to: Path) -> Path:
    """Fields that nobody flagged, after a picture that stands still, in a size of no broadcast."""
    still = "loop=loop=70:size=1:start=0,trim=end=4,setpts=N/50/TB"
    chain = ("-vf", f"{still},tinterlace=interleave_top,setfield=prog,format=yuv420p")
    return clip(to, "testsrc2=s=384x272:r=50:d=4", *chain, *FAST_H264)


def frames_flagged_as_fields(to: Path) -> Path:
    """Whole frames that were sent as fields."""
    coded = ("-c:v", "mpeg2video", "-b:v", "6M", "-flags", "+ilme+ildct", "-top", "1")
    chain = ("-vf", "setfield=tff,format=yuv420p")
    return clip(to, "testsrc2=s=384x288:r=25:d=2", *chain, *coded, form="mpegts")


def fields_and_frames(to: Path) -> Path:
    """Two seconds of fields, then two of whole frames, each flagged as what they are."""
    coded = ("-c:v", "mpeg2video", "-b:v", "6M", "-g", "5")
    woven = ("-vf", "tinterlace=interleave_top,setfield=tff,format=yuv420p", "-top", "1")
    with TemporaryDirectory() as folder:
        first, then = Path(folder) / "first", Path(folder) / "then"
        clip(first, "testsrc2=s=384x288:r=50:d=2", *woven, *coded, "-flags", "+ilme", form="mpegts")
        clip(then, "testsrc2=s=384x288:r=25:d=2", *coded, form="mpegts")
        run = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", f"concat:{first}|{then}"]
        run += ["-c", "copy", "-f", "mpegts", f"file:{to}"]
        subprocess.run(run, check=True, capture_output=True)
    return to


def no_length(to: Path) -> Path:
    """Matroska from a recorder that could not go back to write how long it is."""
    source = ("-f", "lavfi", "-i", SMALL)
    run = ["ffmpeg", "-nostdin", "-v", "error", *source, *FAST_H264, "-f", "matroska", "pipe:1"]
    to.write_bytes(subprocess.run(run, check=True, capture_output=True).stdout)
    return to


def cut_from_a_stream(to: Path) -> Path:
    """A transport stream that begins and ends in the middle of everything."""
    clip(to, "testsrc2=s=320x180:r=25:d=4", *FAST_H264, "-g", "25", *AAC, sound=TONE, form="mpegts")
    content = to.read_bytes()
    to.write_bytes(content[len(content) // 5 + 77 : -1234])
    return to


def zero_tail(to: Path) -> Path:
    """An upload whose size was set in advance and whose second half never came."""
    clip(to, SMALL, *FAST_H264, "-movflags", "+faststart")
    content = to.read_bytes()
    to.write_bytes(content[: len(content) // 2].ljust(len(content), b"\0"))
    return to


def song_with_cover(to: Path) -> Path:
    """An M4A whose only picture is its cover."""
    cover = ("-map", "1:a", "-map", "0:v", "-c:v", "png", "-frames:v", "1")
    attached = ("-disposition:v", "attached_pic")
    return clip(to, SMALL, *cover, *AAC, *attached, sound=TONE, form="mp4")


def cover_in_front(to: Path, *options: str) -> Path:
    """A clip whose file begins with a picture of it."""
    with TemporaryDirectory() as folder:
        film, cover = Path(folder) / "film", Path(folder) / "cover.png"
        clip(film, SMALL, *FAST_H264, *AAC, *options, sound=TONE)
        card().save(cover)
        run = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(film), "-i", str(cover)]
        run += ["-map", "1", "-map", "0", "-c", "copy", "-disposition:v:0", "attached_pic"]
        subprocess.run([*run, "-f", "mp4", f"file:{to}"], check=True, capture_output=True)
    return to


def card() -> Image.Image:
    """Draw a photo whose corners tell how it lies: red, green on top, blue, white below."""
    picture = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 199, 149), RED)
    draw.rectangle((200, 0, 399, 149), GREEN)
    draw.rectangle((0, 150, 199, 299), BLUE)
    return picture


def cmyk(to: Path) -> Path:
    """Separate for print."""
    card().convert("CMYK").save(to, "JPEG", quality=95)
    return to


def progressive(to: Path) -> Path:
    """Compress as for the web."""
    card().save(to, "JPEG", progressive=True, quality=95)
    return to


def sixteen_bit_grey(to: Path) -> Path:
    """Scan in 16 bits: a ramp of which 8 bits would keep only the first 255 steps."""
    ramp = Image.new("I;16", (256, 64))
    ramp.putdata([level * 257 for _ in range(64) for level in range(256)])
    ramp.save(to, "PNG")
    return to


def transparent_palette(to: Path) -> Path:
    """A logo: a palette, one of whose colours is not there."""
    logo = card().convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
    logo.save(to, "PNG", transparency=logo.getpixel((390, 290)))
    return to


def heic(to: Path) -> Path:
    """Shoot as an iPhone does."""
    register_heif_opener()
    card().save(to, "HEIF", quality=90)
    return to


def own_colours(to: Path) -> Path:
    """Swap red and green by a colour profile, so that only who heeds it shows them right."""
    swapped = Image.merge("RGB", [card().split()[channel] for channel in (1, 0, 2)])
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.find(b"rXYZ", 128), profile.find(b"gXYZ", 128)
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    swapped.save(to, "JPEG", quality=95, icc_profile=bytes(profile))
    return to


def one_pixel(to: Path) -> Path:
    """The smallest picture there is."""
    Image.new("RGB", (1, 1), RED).save(to, "PNG")
    return to


def banner(to: Path) -> Path:
    """20,000 by 100."""
    Image.new("RGB", (20_000, 100), GREEN).save(to, "JPEG")
    return to


def vast_and_see_through(to: Path) -> Path:
    """A palette of which a colour is clear: 100 megapixels that become four times as many bytes."""
    Image.new("P", (10_000, 10_000)).save(to, "PNG", transparency=0, compress_level=1)
    return to


def vast_in_many_scans(to: Path) -> Path:
    """The header of a progressive JPEG of 100 megapixels, four colours of full size."""
    Image.new("CMYK", (16, 16)).save(to, "JPEG", progressive=True)
    content, size = to.read_bytes(), (16).to_bytes(2) * 2
    assert content.count(b"\x08" + size) == 1
    to.write_bytes(content.replace(b"\x08" + size, b"\x08" + (10_000).to_bytes(2) * 2))
    return to


def vast_webp(to: Path) -> Path:
    """The header of a WebP of 100 megapixels."""
    head = (b"VP8X", (10).to_bytes(4, "little"), bytes(4), (9_999).to_bytes(3, "little") * 2)
    body = b"WEBP" + b"".join(head) + b"VP8L" + bytes(100)
    to.write_bytes(b"RIFF" + len(body).to_bytes(4, "little") + body)
    return to


def pixel_bomb(to: Path) -> Path:
    """Half a megabyte that unpacks to 400 megapixels."""
    header = (20_000).to_bytes(4) * 2 + b"\x08\x02\0\0\0"
    content = zlib.compress(bytes(1 << 20), 9)
    to.write_bytes(
        b"\x89PNG\r\n\x1a\n" + _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", content)
    )
    return to


def broken_stream(to: Path) -> Path:
    """A PNG whose checksums are right and whose pixels no longer unpack from the middle on."""
    content = io.BytesIO()
    card().effect_spread(40).save(content, "PNG")
    png = content.getvalue()
    start = png.index(b"IDAT")
    length = int.from_bytes(png[start - 4 : start])
    packed = bytearray(png[start + 4 : start + 4 + length])
    packed[length // 2 : length // 2 + 64] = b"\xff" * 64
    to.write_bytes(png[: start - 4] + _png_chunk(b"IDAT", packed) + _png_chunk(b"IEND", b""))
    return to


def linear_light(to: Path) -> Path:
    """A grey PNG that says its numbers are light itself, so that 55 means half a screen's range.

    It lets half of what is behind it through.
    """
    told = PngImagePlugin.PngInfo()
    told.add(b"gAMA", (100_000).to_bytes(4))
    Image.new("RGBA", (40, 30), (55, 55, 55, 128)).save(to, "PNG", pnginfo=told)
    return to


def pages(to: Path, form: str) -> Path:
    """Scan three sheets into one file; a TIFF has a preview of the first as well."""
    register_heif_opener()
    sheets = [card(), Image.new("RGB", (400, 300), GREEN), Image.new("RGB", (400, 300), BLUE)]
    if form != "TIFF":
        sheets[0].save(to, form, save_all=True, append_images=sheets[1:])
        return to
    small = card().resize((40, 30))
    with TiffImagePlugin.AppendingTiffWriter(str(to), new=True) as writer:
        for sheet in (sheets[0], small, *sheets[1:]):
            sheet.save(writer, form, tiffinfo={254: 1} if sheet is small else {})
            writer.newFrame()
    return to


def odd_bits(to: Path) -> Path:
    """A BMP of twelve bits a pixel in a layout that Pillow does not know."""
    Image.new("RGB", (16, 16), RED).save(to, "BMP")
    content = bytearray(to.read_bytes())
    content[28:34] = (16).to_bytes(2, "little") + (3).to_bytes(4, "little")
    content[54:54] = b"".join(mask.to_bytes(4, "little") for mask in (0xF00, 0xF0, 0xF))
    to.write_bytes(content)
    return to


def _png_chunk(kind: bytes, content: bytes | bytearray) -> bytes:
    return len(content).to_bytes(4) + kind + content + zlib.crc32(kind + content).to_bytes(4)


def animation(to: Path, form: str) -> Path:
    """Three frames as GIF, PNG or WEBP."""
    frames = [Image.new("RGB", (64, 64), colour) for colour in (RED, GREEN, BLUE)]
    content = io.BytesIO()
    frames[0].save(content, form, save_all=True, append_images=frames[1:], duration=100)
    to.write_bytes(content.getvalue())
    return to


def transparent(to: Path, *codec: str, form: str = "mov") -> Path:
    """A logo's animation: a green card in the middle of nothing, whose hidden colour is red."""
    inside = "between(X,80,240)*between(Y,45,135)"
    colours = f"r='if({inside},30,220)':g='if({inside},200,30)':b=30:a='255*{inside}'"
    card = f"color=s=320x180:r=5:d=1,format=rgba,geq={colours}"
    return clip(to, card, *codec, form=form)


def own_colours_alone(to: Path) -> Path:
    """Call itself Dolby Vision 5, as phones can be told to record."""
    content = clip(to, SMALL, *FAST_H264).read_bytes()
    profile_and_level = (5 << 9 | 3 << 3 | 0b101).to_bytes(2)
    place = content.index(b"btrt")
    record = b"dvcC" + b"\1\0" + profile_and_level + bytes(8)
    to.write_bytes(content[:place] + record + content[place + len(record) :])
    return to


def wide_colours(primaries: str) -> tuple[str, ...]:
    """A red card as a screen of BT.2020 or P3 would record it: its numbers are not BT.709's."""
    matrix = "bt2020nc" if primaries == "bt2020" else "bt709"
    wide = f"pin=bt709:tin=bt709:min=gbr:p={primaries}:t=bt709:m={matrix}:r=tv"
    tags = ("-colorspace", matrix, "-color_primaries", primaries, "-color_trc", "bt709")
    return ("-vf", f"format=gbrp,zscale={wide},format=yuv444p10le", *FAST_H264[:4], *tags)


def bright(transfer: str) -> tuple[str, ...]:
    """Name a high dynamic range's colours."""
    return ("-colorspace", "bt2020nc", "-color_primaries", "bt2020", "-color_trc", transfer)


def high_range(name: str) -> tuple[str, ...]:
    """Name HDR's colours, as x265 wants it."""
    colours = f"colorprim=bt2020:transfer={name}:colormatrix=bt2020nc:log-level=error"
    return ("-pix_fmt", "yuv420p10le", *H265, "-x265-params", colours, *bright(name))


H265 = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1")
CODINGS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "ProRes 422 HQ": (SMALL, ("-c:v", "prores_ks", "-profile:v", "3"), "mov"),
    "DV": ("testsrc2=s=720x576:r=25:d=1", ("-pix_fmt", "yuv420p", "-ac", "2"), "dv"),
    "H.265": (SMALL, (*H265, "-x265-params", "log-level=error", *AAC), "mp4"),
    "H.265 in PQ": (SMALL, high_range("smpte2084"), "mp4"),
    "VP9 and Opus": (SMALL, ("-deadline", "realtime", "-cpu-used", "8"), "webm"),
    "AV1": (SMALL, ("-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8"), "matroska"),
    "Windows Media": (SMALL, ("-c:v", "wmv2", "-c:a", "wmav2"), "asf"),
    "MPEG-1": (SMALL, ("-c:v", "mpeg1video", "-c:a", "mp2"), "mpeg"),
    "a phone of 2005": ("testsrc2=s=176x144:r=15:d=2", ("-c:v", "h263", *AAC), "3gp"),
    "H.264 in RGB": (SMALL, ("-c:v", "libx264rgb", "-preset", "ultrafast"), "mp4"),
    "slow motion": ("testsrc2=s=320x180:r=120:d=1", FAST_H264, "mp4"),
    "a thread": ("testsrc2=s=64x2000:r=25:d=1", FAST_H264, "mp4"),
    "eight tracks of sound": (
        SMALL,
        ("-map", "0:v", *(("-map", "1:a") * 8), *FAST_H264, "-c:a", "pcm_s24le", "-ac", "1"),
        "mov",
    ),
}
"""Other ways to code a clip with a tone: the picture, ffmpeg's options, the container."""


CLIPS: tuple[Callable[[Path], Path], ...] = (
    plain,
    odd_size,
    variable_rate,
    turned,
    anamorphic,
    time_lapse,
    surround,
    mono,
    discrete_channels,
    silence,
    loud_clicks,
    late_sound,
    long_sound,
    ten_bits,
    hybrid_log_gamma,
    standard_definition_red,
    high_definition_red,
    full_range_red,
    fields,
    unflagged_fields,
    no_length,
    cut_from_a_stream,
)


def scan(to: Path) -> Path:
    """Scan as an archive does: TIFF, LZW, CMYK."""
    card().convert("CMYK").save(to, "TIFF", compression="tiff_lzw")
    return to


def deep_colours(to: Path) -> Path:
    """Export from an editor in 16 bits a colour, which Pillow itself cannot write."""
    run = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "image2pipe", "-i", "-"]
    png = io.BytesIO()
    card().save(png, "PNG")
    run += ["-pix_fmt", "rgb48be", "-c:v", "png", "-f", "image2", "-update", "1", f"file:{to}"]
    subprocess.run(run, input=png.getvalue(), check=True, capture_output=True)
    return to


def hundred_megapixels(to: Path) -> Path:
    """Shoot with a medium-format camera: 11648 x 8736, progressive, its grain left out."""
    card().resize((11_648, 8_736), Image.Resampling.NEAREST).save(to, "JPEG", progressive=True)
    return to


PHOTOS: tuple[Callable[[Path], Path], ...] = (
    cmyk,
    progressive,
    sixteen_bit_grey,
    transparent_palette,
    heic,
    own_colours,
    scan,
    deep_colours,
    hundred_megapixels,
    one_pixel,
    banner,
)

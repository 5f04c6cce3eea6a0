import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from shutil import copyfile
from tempfile import NamedTemporaryFile
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from cluster_feed.adapters import xmp
from cluster_feed.adapters.probe import probe
from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import (
    AnimatedPhoto,
    DamagedMedia,
    EmptyFile,
    FeedError,
    NotARegularFile,
    OnlySound,
    Refusal,
    TooLarge,
    UnknownMedia,
)
from cluster_feed.core.secrecy import marking
from demo import material
from tests import oddities

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
    xmlns:Iptc4xmpCore="http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/"
    photoshop:Credit="Sở Du lịch">
   <dc:title><rdf:Alt>
     <rdf:li xml:lang="x-default">Cửa khẩu Lao Bảo</rdf:li>
     <rdf:li xml:lang="en">The gate of Lao Bao</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>Lan</rdf:li><rdf:li>Minh</rdf:li></rdf:Seq></dc:creator>
   <Iptc4xmpCore:AltTextAccessibility><rdf:Alt>
     <rdf:li xml:lang="vi">Một cổng</rdf:li></rdf:Alt></Iptc4xmpCore:AltTextAccessibility>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta><?xpacket end="w"?>"""

LAUGHS = """<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "asset"


def test_a_clip_without_a_length_is_read_to_its_end(file: Path) -> None:
    assert probe(oddities.no_length(file)).media.seconds == pytest.approx(2, abs=0.05)


def test_a_clip_is_as_long_as_its_picture(file: Path) -> None:
    assert probe(oddities.long_sound(file)).media.seconds == pytest.approx(2, abs=0.01)


def test_a_photo_is_measured_as_stored_with_its_turn(file: Path) -> None:
    probed = probe(material.large_photo_with_orientation(file))
    assert probed.kind is Kind.PHOTO
    assert probed.media.video.rotation == 90
    assert probed.media.video.shown_size == material.TWENTY_FOUR_MEGAPIXELS_UPRIGHT
    assert probed.media.seconds is None
    assert probed.embedded["exif:Model"] == "Canon EOS 400D DIGITAL"


@pytest.mark.parametrize("make", oddities.PHOTOS)
def test_every_odd_photo_is_a_photo(file: Path, make: Callable[[Path], Path]) -> None:
    assert probe(make(file)).kind is Kind.PHOTO


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA"])
def test_every_bitmap_is_a_photo(file: Path, mode: str) -> None:
    oddities.card().convert(mode).save(file, "BMP")
    assert probe(file).media.container == "bmp"


def test_what_a_file_of_no_kind_begins_with_is_told(file: Path) -> None:
    file.write_bytes(b"\x9d\x07" + bytes(range(7, 250)) * 60)
    with pytest.raises(UnknownMedia) as refused:
        probe(file)
    assert refused.value.facts["detail"] == "9d 07 07 08 …"


def test_a_photo_saved_with_a_preview_in_it_is_no_animation(file: Path) -> None:
    oddities.card().save(file, "MPO", save_all=True, append_images=[oddities.card()])
    assert probe(file).media.container == "jpeg"


def test_a_photos_texts_are_found_wherever_they_are(file: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Lễ hội ở Cha Lo".encode()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + "Độ mật".encode("utf-16-le")
    headline, caption = "Cầu Hiền Lương".encode(), b"A bridge"
    iptc = b"".join(
        b"\x1c\x02" + bytes([number]) + len(text).to_bytes(2) + text
        for number, text in ((105, headline), (120, caption))
    )
    resource = b"8BIM\x04\x04\0\0" + len(iptc).to_bytes(4) + iptc + b"\0" * (len(iptc) % 2)
    block = b"Photoshop 3.0\0" + resource
    oddities.card().save(
        file,
        "JPEG",
        exif=exif,
        xmp=XMP.encode(),
        comment="a comment",
        extra=b"\xff\xed" + (len(block) + 2).to_bytes(2) + block,
    )
    embedded = probe(file).embedded
    assert embedded["exif:ImageDescription"] == "Lễ hội ở Cha Lo"
    assert embedded["exif:UserComment"] == "Độ mật"
    assert embedded["iptc:headline"] == "Cầu Hiền Lương"
    assert embedded["iptc:caption"] == "A bridge"
    assert embedded["text:comment"] == "a comment"
    assert embedded["xmp:dc:title"] == "Cửa khẩu Lao Bảo"
    assert embedded["xmp:dc:title@en"] == "The gate of Lao Bao"
    assert embedded["xmp:dc:creator"] == "Lan; Minh"
    assert embedded["xmp:photoshop:Credit"] == "Sở Du lịch"
    assert embedded["xmp:Iptc4xmpCore:AltTextAccessibility@vi"] == "Một cổng"


@pytest.mark.parametrize("form", ["mp4", "mov"])
def test_a_clips_texts_are_found_where_an_editor_or_a_person_wrote_them(
    file: Path, form: str
) -> None:
    named = oddities.clip(
        file.with_suffix(f".{form}"), oddities.SMALL, *oddities.FAST_H264, form=form
    )
    (file.parent / "packet.xmp").write_text(XMP, encoding="utf-8")
    write = [
        "exiftool",
        "-q",
        "-overwrite_original",
        "-tagsFromFile",
        str(file.parent / "packet.xmp"),
    ]
    subprocess.run([*write, "-xmp:all", str(named)], check=True)
    embedded = probe(named).embedded
    assert embedded["xmp:dc:title"] == "Cửa khẩu Lao Bảo"
    assert embedded["xmp:dc:title@en"] == "The gate of Lao Bao"
    assert embedded["xmp:photoshop:Credit"] == "Sở Du lịch"


def _with_packet(file: Path, packet: bytes, place: int | None = None) -> Path:
    """Put a packet where some program may have put it: in an AVI's junk, behind everything."""
    oddities.clip(file, oddities.SMALL, *oddities.FAST_H264, form="avi")
    content = file.read_bytes()
    place = len(content) if place is None else place
    file.write_bytes(content[:place] + packet + content[place:])
    return file


def test_a_packet_is_found_anywhere_and_its_marking_even_if_it_is_broken(file: Path) -> None:
    assert probe(_with_packet(file, XMP.encode())).embedded["xmp:dc:creator"] == "Lan; Minh"
    broken = XMP.replace("Cửa khẩu", "TUYỆT MẬT").partition("</dc:title>")[0]
    embedded = probe(_with_packet(file, broken.encode())).embedded
    assert marking(embedded["xmp:packet0"]) == "TUYỆT MẬT"


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 60), st.binary(max_size=40), st.lists(st.sampled_from([LAUGHS, XMP, "<"])))
def test_packets_are_found_wherever_the_reading_stops(
    at: int, noise: bytes, others: list[str]
) -> None:
    with NamedTemporaryFile() as file, patch.object(xmp, "_CHUNK", 64):
        file.write(b"x" * at + noise + XMP.encode() + noise + "".join(others).encode())
        file.flush()
        assert dict(xmp.texts(Path(file.name)))["xmp:dc:title@en"] == "The gate of Lao Bao"


@pytest.mark.parametrize("packet", [LAUGHS, "<x", "\x00", XMP[:300]])
def test_a_photo_is_taken_although_its_metadata_make_no_sense(file: Path, packet: str) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", packet)
    texts.add_text("Title", "kept")
    oddities.card().save(file, "PNG", pnginfo=texts, exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    embedded = probe(file).embedded
    assert embedded["text:Title"] == "kept"
    assert not [name for name in embedded if name.startswith("xmp:")]


def _bytes(content: bytes) -> Callable[[Path], Path]:
    def make(to: Path) -> Path:
        to.write_bytes(content)
        return to

    return make


def _animation(form: str) -> Callable[[Path], Path]:
    return lambda to: oddities.animation(to, form)


REFUSED: dict[str, tuple[Callable[[Path], Path], type[FeedError]]] = {
    "an HLS playlist": (material.playlist_in_disguise, UnknownMedia),
    "an ffconcat script": (_bytes(b"ffconcat version 1.0\nfile /etc/passwd\n"), UnknownMedia),
    "an indented script": (_bytes(b"\n  ffconcat version 1.0\nfile /etc/passwd\n"), UnknownMedia),
    "a DASH manifest": (_bytes(b'<?xml version="1.0"?><MPD></MPD>'), UnknownMedia),
    "a drawing": (_bytes(b'<svg xmlns="http://www.w3.org/2000/svg"/>'), UnknownMedia),
    "a note": (material.text_named_jpg, UnknownMedia),
    "a document": (_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"), UnknownMedia),
    "a program": (_bytes(b"MZ" + bytes(range(256)) * 40), UnknownMedia),
    "noise": (_bytes(b"\x9d" + bytes(range(7, 250)) * 60), UnknownMedia),
    "a song": (_bytes(b"ID3\x04" + bytes(4000)), OnlySound),
    "a song with a cover": (oddities.song_with_cover, OnlySound),
    "nothing": (_bytes(b""), EmptyFile),
    "room for a file": (_bytes(bytes(1 << 20)), DamagedMedia),
    "half a photo": (material.truncated_photo, DamagedMedia),
    "the start of a photo": (_bytes(b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0"), DamagedMedia),
    "a clip without its index": (_bytes(b"\0\0\0\x20ftypisom\0\0\2\0" + b"x" * 999), DamagedMedia),
    "a GIF that moves": (_animation("GIF"), AnimatedPhoto),
    "a PNG that moves": (_animation("PNG"), AnimatedPhoto),
    "a WebP that moves": (_animation("WEBP"), AnimatedPhoto),
    "colours of its own": (oddities.own_colours_alone, UnknownMedia),
    "a stream without a container": (_bytes(b"\0\0\1\xb3" + bytes(range(99))), UnknownMedia),
    "H.264 without one": (_bytes(b"\0\0\0\1\x67" + bytes(range(99))), UnknownMedia),
    "a bitmap of Unix": (_bytes(b"P6\n4 4\n255\n" + bytes(range(48))), UnknownMedia),
    "an icon": (_bytes(b"\0\0\1\0\1\0" + bytes(range(99))), UnknownMedia),
    "a bomb": (oddities.pixel_bomb, TooLarge),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_a_screen_cannot_show_is_refused_for_the_right_reason(file: Path, what: str) -> None:
    make, reason = REFUSED[what]
    with pytest.raises(reason) as refused:
        probe(make(file))
    assert type(refused.value) is reason


def test_a_frame_that_is_too_large_is_told_in_the_unit_of_its_limit(file: Path) -> None:
    vast = ("-c:v", "mjpeg", "-frames:v", "1")
    with pytest.raises(TooLarge) as refused:
        probe(oddities.clip(file, "color=black:s=12000x4002:r=25:d=1", *vast, form="mov"))
    assert refused.value.sentence.vi == (
        "Tệp quá lớn: 12000×4002 (48,024 MP), giới hạn là 36 MP. Hãy xuất lại nhỏ hơn."
    )
    assert "12000×4002 (48.024 MP), the limit is 36 MP" in refused.value.sentence.en


def test_a_cameras_raw_file_is_not_taken_for_its_preview(file: Path) -> None:
    oddities.card().save(file, "TIFF", tiffinfo={254: 1})
    with pytest.raises(UnknownMedia, match="RAW"):
        probe(file)


def test_a_link_is_not_followed(file: Path, samples: Path) -> None:
    file.symlink_to(samples / "storm-road.jpg")
    with pytest.raises(NotARegularFile):
        probe(file)


def test_a_pipe_does_not_make_us_wait(file: Path) -> None:
    os.mkfifo(file)
    with pytest.raises(NotARegularFile):
        probe(file)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return oddities.plain(tmp_path_factory.mktemp("plain") / "asset")


@settings(max_examples=15, deadline=None)
@given(st.sampled_from(["JPEG", "PNG", "TIFF", "GIF", "WEBP", "BMP"]), st.data())
def test_whatever_became_of_a_photo_it_is_measured_or_refused(
    form: str, data: st.DataObject
) -> None:
    saved = BytesIO()
    oddities.card().save(saved, form)
    content = bytearray(saved.getvalue())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=20)):
        content[place] = data.draw(st.integers(0, 255))
    with NamedTemporaryFile() as file:
        file.write(content[: data.draw(st.integers(len(content) // 2, len(content)))])
        file.flush()
        with suppress(Refusal):
            probe(Path(file.name))


@pytest.mark.parametrize(
    "name",
    ["-y.mp4", "100%d.png", "http:x.mp4", "a\nb 'c' \"d\".mp4", "concat:a|b.mp4", "Lễ hội.jpg"],
)
def test_a_hostile_name_is_only_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    assert probe(copyfile(plain, Path(name))).kind is Kind.VIDEO
    assert probe(oddities.progressive(Path(name))).kind is Kind.PHOTO


def test_a_name_that_is_not_text_is_only_a_name(tmp_path: Path, plain: Path) -> None:
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.mov"))
    assert probe(copyfile(plain, name)).kind is Kind.VIDEO

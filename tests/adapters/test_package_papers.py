"""What a package says of an item, in every form, whatever somebody wrote into its caption."""

import csv
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from PIL import Image

from cluster_feed.adapters.packages import (
    catalogue,
    dublin_core,
    iim,
    ninjs,
    papers,
    schema,
    schema_org,
    xmp,
)
from cluster_feed.adapters.packages.jpeg import with_notes
from cluster_feed.core.asset import Asset, Kind, MediaInfo, VideoInfo
from cluster_feed.core.caption import Broadcast, Caption, Cue, Words
from cluster_feed.core.package import (
    Approval,
    Change,
    Item,
    Package,
    PackagedFile,
    Told,
    Withdrawn,
    legible,
    urn,
)
from cluster_feed.core.person import Official
from cluster_feed.core.value import digest
from cluster_feed.core.vocabulary import (
    Consent,
    DigitalSource,
    Genre,
    InformationClass,
    RepublishBasis,
    Theme,
)

AT = datetime(2026, 11, 25, 11, tzinfo=UTC)
PLAIN = Caption(
    words={
        "vi": Words(title="Chợ phiên", description="Người đi chợ", alt_text="Một cái chợ"),
        "en": Words(title="The market", description="People", alt_text="A market"),
        "lo": Words(title="ຕະຫຼາດ"),
    },
    themes=(Theme.TOURISM,),
    genre=Genre.REPORTAGE,
    information_class=InformationClass.PROMOTION,
    language="vi",
    creator="Nguyễn Văn A",
    rights_holder="Báo Quảng Trị",
    usage_terms="Được dùng lại",
    republish_basis=RepublishBasis.AGREEMENT,
    agreement="12/TT",
    places=("Lao Bảo",),
    created_on=date(2026, 10, 3),
    broadcast=Broadcast(on=date(2026, 10, 25), channel="QTV", programme="Biên giới"),
    no_state_secrets=True,
    valid_until=date(2027, 6, 30),
)
NAUGHTY = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2",
    "@SUM(A1)",
    "\t=1",
    "＝1+1",
    "</script><script>alert(1)</script>",
    "]]><!-- & \"' --> <?xpacket end='w'?>",
    "</rdf:li></rdf:RDF>",
    "_x0041_",
    "😀 cờ 🇻🇳 e\u0301 \u200b\ufeff",
    "\u202eRTL \u05e9\u05dc\u05d5\u05dd\u2066",
    "http://127.0.0.1/ {=1}",
    "0123",
    "1E5",
    "ສະບາຍດີ",
    "{braces} %s %0A $(id) `id`",
    "a\0b\x07c\x1bd\ufffe\ud800e",
    "Qua\u0309ng Tri\u0323",
    "one\r\ntwo\rthree\u2028four\x85",
    "NaN null true undefined",
    "x" * 300,
]


def media(*, clip: bool) -> MediaInfo:
    return MediaInfo(
        container="mov,mp4" if clip else "jpeg",
        byte_count=1,
        seconds=65.25 if clip else None,
        video=VideoInfo(
            codec="h264",
            width=1920,
            height=1080,
            fps=Fraction(24) if clip else None,
            pixel_format="yuv420p",
        ),
    )


def item(caption: Caption, *, clip: bool = True, newsroom: str = "Báo và Đài") -> Item:
    code, suffix = "QTR-2026-11-0001", ".mp4" if clip else ".jpg"
    files = [("1080p" if clip else "full", suffix, clip), ("poster", ".jpg", False)]
    return Item(
        id=code,
        asset=Asset(
            sha256="a" * 64,
            kind=Kind.VIDEO if clip else Kind.PHOTO,
            newsroom="bao-dai",
            name=f"x{suffix}",
            byte_count=1,
            received_at=AT,
            media=media(clip=clip),
        ),
        caption=Caption.model_validate(legible(caption.model_dump(mode="json"))),
        newsroom=str(legible(newsroom)),
        clusters=("lao-bao",),
        approved_renditions=("b" * 64,),
        files=tuple(
            PackagedFile(
                path=f"media/{code}_{role}{ending}",
                role=role,
                sha256="b" * 64,
                byte_count=7,
                media=media(clip=moves),
            )
            for role, ending, moves in files[: 2 if clip else 1]
        ),
    )


def package(*items: Item, withdrawn: tuple[Withdrawn, ...] = (), sender: str = "Sở") -> Package:
    return Package(
        name="QTR-TTDN-2026-11_v01",
        cycle="2026-11",
        version=1,
        edition="2026-11",
        number=7,
        fingerprint="f" * 64,
        submitted_by=Official(name="hoa"),
        approvals=(Approval(approver="lan", at=AT),),
        published_at=AT,
        made_at=AT,
        sender=str(legible(sender)),
        items=items,
        withdrawn=withdrawn,
    )


def everywhere(text: str) -> Caption:
    """A caption that says the same in every field that takes a text."""
    words = {"title": text, "description": text, "alt_text": text}
    broadcast = {"on": "2026-10-25", "channel": text, "programme": text}
    fields = ("creator", "rights_holder", "usage_terms", "agreement")
    several = {"places": [text], "contributors": [text]}
    free = {**dict.fromkeys(fields, text), **several, "broadcast": broadcast}
    written = PLAIN.model_dump(mode="json") | free | {"words": {"vi": words, "en": words}}
    return Caption.model_validate(legible(written))


def cells(content: bytes, sheet: str) -> list[list[object]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = list(book[sheet].iter_rows())
    assert not [cell for row in rows for cell in row if cell.data_type in {"f", "e"}]
    return [[cell.value for cell in row] for row in rows]


def flat(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        document = list(document.values())
    if isinstance(document, list):
        for each in document:
            yield from flat(each)
    elif isinstance(document, str):
        yield document


@pytest.mark.parametrize("text", NAUGHTY)
def test_what_somebody_wrote_is_said_as_text_in_every_form(text: str) -> None:
    one = item(everywhere(text), newsroom=text)
    said = one.caption.title
    given = package(
        one,
        sender=text,
        withdrawn=(Withdrawn(id="Q", asset="c" * 64, version=2, title=said, reason=said),),
    )
    in_xml = ET.fromstring(dublin_core.record(given, one))  # noqa: S314  we wrote it
    assert [each.text for each in in_xml.iter() if each.text == said][:2] == [said] * 2
    linked = schema_org.item_document(given, one)
    assert b"<" not in linked
    assert said in set(flat(json.loads(linked)))
    assert b"<" not in schema_org.catalogue_document(given)
    for document in ninjs.documents(given, one).values():
        assert said in set(flat(json.loads(document)))
        assert not list(schema.flaws(json.loads(document)))
    for document in ninjs.cancellations(given, given.withdrawn[0]).values():
        assert not list(schema.flaws(json.loads(document)))
    sheet = catalogue.workbook(given)
    head, row = cells(sheet, "Danh mục")
    in_cells = dict(zip(head, row, strict=True))
    fields = (
        *("Tiêu đề (vi)", "Mô tả (en)", "Tác giả", "Cộng tác", "Kênh", "Địa danh"),
        "Văn bản thỏa thuận",
    )
    one_line = " ".join(said.split())
    assert [" ".join(str(in_cells[field]).split()) for field in fields] == [one_line] * len(fields)
    assert cells(sheet, "Thu hồi")[1][1:3] == [said, said]
    table = list(csv.reader(io.StringIO(catalogue.table(given).decode("utf-8-sig"), "")))
    for each in dict(zip(*table, strict=True)).values():
        assert not each.lstrip(" \n\t").startswith(("=", "+", "-", "@", "＝"))
    assert papers.texts(one)[f"text/{one.id}.vi.txt"].decode().startswith(said)
    assert papers.guide(given)
    assert iim.segment(one)
    in_photo = ET.fromstring(xmp.packet_of(one))  # noqa: S314
    assert said in {each.text for each in in_photo.iter()}


def plain_jpeg() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (16, 16)).save(made, "JPEG")
    return made.getvalue()


def test_what_is_said_in_a_clip_goes_with_it_and_every_form_names_it() -> None:
    cues = {
        "vi": (Cue(from_seconds=0, to_seconds=2, text="Chào"),),
        "lo": (Cue(from_seconds=0, to_seconds=2, text="ສະບາຍດີ"),),
        "lo-LA": (Cue(from_seconds=0, to_seconds=2, text="ສະບາຍດີ"),),
        "lo-la": (Cue(from_seconds=1, to_seconds=2, text="?"),),
    }
    one = item(PLAIN.model_copy(update={"subtitles": cues}))
    texts = papers.texts(one)
    names = {f"text/{one.id}.{tag}.vtt" for tag in ("vi", "lo", "lo-la")}
    assert {path for path in texts if path.endswith(".vtt")} == names
    assert texts[f"text/{one.id}.transcript.vi.txt"] == "Chào\n".encode()
    linked = json.loads(schema_org.item_document(package(one), one))
    assert {each["contentUrl"] for each in linked["caption"]} == names
    for track in linked["caption"]:
        assert track["sha256"] == hashlib.sha256(texts[track["contentUrl"]]).hexdigest()
    assert {"@language": "vi", "@value": "Chào\n"} in linked["transcript"]
    document = json.loads(ninjs.documents(package(one), one)["item.vi.ninjs.json"])
    assert names < {each["title"] for each in document["renditions"]}
    listed = cells(catalogue.workbook(package(one)), "Tệp")
    files = {str(row[1]): row[-1] for row in listed[1:]}
    assert {f"data/{one.folder}/{name}" for name in names} < files.keys()
    assert None not in files.values()
    photo = item(PLAIN.model_copy(update={"subtitles": cues}), clip=False)
    assert not [path for path in papers.texts(photo) if path.endswith(".vtt")]


def test_a_photo_with_too_many_words_says_those_that_fit() -> None:
    long = Words(title="Tiêu đề", description="ổ" * 5000, alt_text="ổ" * 5000)
    words = dict.fromkeys(("vi", "en", "fr", "ko", "zh"), long)
    caption = PLAIN.model_copy(update={"words": words, "places": ("Lao Bảo",) * 9000})
    told = with_notes(plain_jpeg(), [xmp.segment(item(caption, clip=False))])
    with Image.open(io.BytesIO(told)) as picture:
        packet = picture.info["xmp"].decode()
        picture.load()
    assert 'xml:lang="vi"' in packet
    assert 'xml:lang="zh"' not in packet
    read = subprocess.run(
        ["exiftool", "-validate", "-warning", "-"], input=told, check=True, capture_output=True
    )
    assert b"Validate                        : OK" in read.stdout


def test_a_photo_of_which_nothing_is_said_is_still_a_photo() -> None:
    one = item(Caption(), clip=False)
    told = with_notes(plain_jpeg(), [xmp.segment(one), iim.segment(one)])
    with Image.open(io.BytesIO(told)) as picture:
        picture.load()


def test_older_programs_read_what_fits_their_fields_cut_at_words() -> None:
    long = PLAIN.model_copy(
        update={"creator": "Nguyễn Thị Hồng Ánh cùng cộng tác viên", "places": ("ổ" * 40,)}
    )
    one = item(long, clip=False, newsroom="Báo và phát thanh, truyền hình Quảng Trị")
    told = with_notes(plain_jpeg(), [iim.segment(one)])
    command = ["exiftool", "-j", "-G", "-validate", "-warning", "-IPTC:all", "-Photoshop:all", "-"]
    read = subprocess.run(command, input=told, check=True, capture_output=True)
    (says,) = json.loads(read.stdout)
    assert says["ExifTool:Validate"] == "OK"
    assert says["IPTC:CodedCharacterSet"] == "UTF8"
    assert says["IPTC:Headline"] == says["IPTC:ObjectName"] == "Chợ phiên"
    assert says["IPTC:Caption-Abstract"] == "Người đi chợ"
    assert says["IPTC:By-line"] == "Nguyễn Thị Hồng Ánh cùng"  # 32 bytes
    assert says["IPTC:Credit"] == "Báo và phát thanh, truyền"
    assert says["IPTC:Sub-location"] == "ổ" * 10
    assert says["IPTC:CopyrightNotice"] == "© Báo Quảng Trị"
    assert says["IPTC:Keywords"] == Theme.TOURISM.label.vi
    assert says["IPTC:DateCreated"] == "2026:10:03"


# --- ninjs --------------------------------------------------------------------------------------


def test_a_document_of_each_language_names_the_others() -> None:
    one = item(PLAIN)
    documents = ninjs.documents(package(one), one)
    assert sorted(documents) == ["item.en.ninjs.json", "item.lo.ninjs.json", "item.vi.ninjs.json"]
    by_language = {each["language"]: each for each in map(json.loads, documents.values())}
    for language, document in by_language.items():
        others = {uri["uri"] for tongue, uri in by_language.items() if tongue != language}
        assert {each["uri"] for each in document["associations"]} == others
        assert document["altIds"] == by_language["vi"]["altIds"]
    english = by_language["en"]
    assert english["title"] == "The market"
    assert english["subjects"] == [
        {"name": "Tourism", "uri": Theme.TOURISM.urn, "literal": "DU_LICH"}
    ]
    assert {"role": "altText", "contentType": "text/plain", "value": "A market"} in english[
        "descriptions"
    ]
    assert english["expires"] == "2027-06-30T23:59:59+07:00"
    assert by_language["lo"].get("descriptions") is None


RIGHTS = PLAIN.model_copy(
    update={
        "contributors": ("Trần Văn B",),
        "licence_granted": True,
        "rights_until": date(2027, 1, 31),
        "consent": Consent.MINORS,
        "digital_source": DigitalSource.PARTLY_AI,
    }
)


def test_rights_people_and_where_a_picture_comes_from_are_said_in_every_form() -> None:
    one = item(RIGHTS).model_copy(update={"declared_by": "UBND xã Lao Bảo"})
    granted = one.licence.vi
    assert granted.endswith("đến hết 31/01/2027")
    in_xml = dublin_core.record(package(one), one).decode()
    for said in (
        ">Trần Văn B</dc:contributor>",
        f'<dcterms:license xml:lang="vi">{granted}<',
        f'<dcterms:license xml:lang="en">{one.licence.en}<',
        "end=2027-01-31;",
        f">{DigitalSource.PARTLY_AI.label.en}<",
        f": {Consent.MINORS.label.vi}<",
        ">DU_LICH</dc:subject>",
        ">QTV</dc:source>",
        ">© Báo Quảng Trị</dc:rights>",
        "(UBND xã Lao Bảo)</dcterms:accessRights>",
    ):
        assert said in in_xml
    document = json.loads(ninjs.documents(package(one), one)["item.en.ninjs.json"])
    assert document["people"] == [{"name": "Trần Văn B", "rel": "contributor"}]
    assert document["digitalSourceType"]["uri"] == DigitalSource.PARTLY_AI.newscode
    assert document["rightsInfo"] == {"encodedRights": granted}
    assert document["expires"].startswith("2027-01-31")
    (slip,) = document["trustIndicators"]
    assert slip["href"] == ninjs.named_by_hash(digest(papers.approval_slip(package(one), one)))
    linked = json.loads(schema_org.item_document(package(one), one))
    assert linked["license"]["text"][0] == {"@language": "vi", "@value": granted}
    assert linked["contributor"] == [{"name": "Trần Văn B"}]
    assert linked["expires"] == "2027-01-31"
    assert linked["isPartOf"]["name"] == "Biên giới"
    assert [each["name"] for each in linked["thumbnail"]] == ["poster"]
    assert [each["name"] for each in linked["encoding"]] == ["1080p"]
    head, row = cells(catalogue.workbook(package(one)), "Danh mục")
    in_cells = dict(zip(head, row, strict=True))
    assert in_cells["Cho phép Bộ sử dụng"] == granted
    assert in_cells["Đồng ý hình ảnh"] == Consent.MINORS.label.vi
    assert in_cells["Nguồn số"] == DigitalSource.PARTLY_AI.label.vi
    assert in_cells["Người cam kết"] == "UBND xã Lao Bảo"


def test_what_nobody_has_said_is_in_no_form() -> None:
    one = item(Caption(words=PLAIN.words))
    document = json.loads(ninjs.documents(package(one), one)["item.vi.ninjs.json"])
    assert not document.keys() & {"people", "rightsInfo", "digitalSourceType", "usageTerms"}
    linked = json.loads(schema_org.item_document(package(one), one))
    assert not linked.keys() & {"license", "contributor", "isPartOf", "isBasedOn", "usageInfo"}
    assert b"dcterms:license" not in dublin_core.record(package(one), one)


def test_a_correct_one_names_what_it_replaces() -> None:
    told = Told(package="QTR-TTDN-2026-10_v01", at=AT, version=1, change=Change.NEW, asset="c" * 64)
    one = item(PLAIN).model_copy(update={"version": 2, "told": (told,)})
    document = json.loads(ninjs.documents(package(one), one)["item.vi.ninjs.json"])
    (replaced,) = [each for each in document["associations"] if each["rel"] == "replaces"]
    before = item(PLAIN)
    before = before.model_copy(
        update={"asset": before.asset.model_copy(update={"sha256": "c" * 64})}
    )
    given = json.loads(ninjs.documents(package(before), before)["item.vi.ninjs.json"])
    assert replaced["uri"] == given["uri"]
    in_xml = dublin_core.record(package(one), one).decode()
    assert "<dcterms:isVersionOf>QTR-2026-11-0001</dcterms:isVersionOf>" in in_xml
    assert f">{urn('c' * 64)}</dcterms:replaces>" in in_xml


def test_a_file_is_linked_by_its_hash_with_its_place_as_title() -> None:
    one = item(PLAIN)
    document = json.loads(ninjs.documents(package(one), one)["item.vi.ninjs.json"])
    assert [each["name"] for each in document["renditions"]] == ["1080p", "poster"]
    assert document["renditions"][0] | {"href": ""} == {
        "name": "1080p",
        "href": "",
        "title": "media/QTR-2026-11-0001_1080p.mp4",
        "contentType": "video/mp4",
        "width": 1920,
        "height": 1080,
        "sizeInBytes": 7,
        "duration": 65.25,
        "videoCodec": "h264",
        "frameRate": 24.0,
    }
    assert document["renditions"][0]["href"] == f"ni:///sha-256;{'u7u7' * 10}u7s"


@pytest.mark.parametrize("day", ["0001-01-01", "1885-07-05", "1906-06-30", "9999-12-31"])
def test_every_moment_can_be_written_as_the_standard_has_it(day: str) -> None:
    caption = PLAIN.model_copy(
        update={"created_on": date.fromisoformat(day), "valid_until": date.fromisoformat(day)}
    )
    one = item(caption)
    document = json.loads(ninjs.documents(package(one), one)["item.vi.ninjs.json"])
    rfc_3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00"
    for field in ("firstCreated", "versionCreated", "contentCreated", "expires"):
        assert re.fullmatch(rfc_3339, document[field])


def test_an_item_that_is_taken_back_is_canceled_under_the_same_name() -> None:
    one = item(PLAIN)
    back = Withdrawn(
        id=one.id,
        asset=one.asset.sha256,
        version=2,
        title="Chợ phiên",
        languages=("en", "lo", "vi"),
        reason="Sai tên địa danh",
    )
    given = ninjs.documents(package(one), one)
    canceled = ninjs.cancellations(package(withdrawn=(back,)), back)
    assert canceled.keys() == given.keys()
    for name, content in canceled.items():
        document = json.loads(content)
        assert document["uri"] == json.loads(given[name])["uri"]
        assert document["pubStatus"] == "canceled"
        assert document["edNote"] == "Sai tên địa danh"

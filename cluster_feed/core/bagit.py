"""What can be wrong with a bag (RFC 8493), and how it is told.

A flaw is a rule that a bag breaks.  An error makes it invalid; a warning is what the same bag may
suffer on another disk, or on its way there, though it is valid where it lies.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, NamedTuple

from cluster_feed.core.bilingual import Bilingual

VERSIONS: Final = ((0, 93), (0, 94), (0, 95), (0, 96), (0, 97), (1, 0))
"""The versions of BagIt that were ever published for use."""


class Flaw(Enum):
    """A rule that a bag can break, under the name by which it is told."""

    # The container
    UNREADABLE = Bilingual("không đọc được: {detail}", "cannot be read: {detail}")
    TOO_LARGE = Bilingual("quá giới hạn: {detail}", "is beyond the limit: {detail}")
    DANGEROUS_ENTRY = Bilingual(
        "mục nguy hiểm trong tệp zip: {detail}", "a dangerous entry: {detail}"
    )
    LINK = Bilingual("{path} là liên kết hoặc thiết bị", "{path} is a link or a device")
    UNPLAIN_NAME = Bilingual(
        "tên tệp không dùng được: {path}", "a name that cannot be used: {path}"
    )
    NOT_ONE_FOLDER = Bilingual(
        "tệp zip phải chứa đúng một thư mục: {detail}", "the zip is not one folder: {detail}"
    )

    # bagit.txt and the other tag files
    NO_DECLARATION = Bilingual("thiếu bagit.txt", "bagit.txt is missing")
    BAD_DECLARATION = Bilingual(
        "bagit.txt không phải hai dòng đúng chuẩn: {detail}",
        "bagit.txt is not the two lines of the standard: {detail}",
    )
    UNKNOWN_VERSION = Bilingual("không có BagIt phiên bản {detail}", "there is no BagIt {detail}")
    UNKNOWN_ENCODING = Bilingual(
        "không biết bảng mã {detail}", "the encoding {detail} is not known"
    )
    NOT_UTF_8 = Bilingual("tệp thẻ dùng bảng mã {detail}", "tag files are in {detail}")
    BYTE_ORDER_MARK = Bilingual("{path} bắt đầu bằng BOM", "{path} begins with a byte order mark")
    UNREADABLE_TAG_FILE = Bilingual(
        "không đọc được {path}: {detail}", "{path} cannot be read: {detail}"
    )
    BAD_TAG = Bilingual(
        "{path} có dòng sai: {detail}", "{path} has a line that is no tag: {detail}"
    )
    ODD_TAG = Bilingual(
        "{path} có dòng viết khác chuẩn: {detail}",
        "{path} has a line that today's standard forbids: {detail}",
    )
    BAD_OXUM = Bilingual(
        "Payload-Oxum phải có dạng byte.số-tệp: {detail}",
        "Payload-Oxum should be bytes.files: {detail}",
    )
    OXUM_REPEATED = Bilingual("Payload-Oxum ghi nhiều lần", "Payload-Oxum is given more than once")
    OXUM_DIFFERS = Bilingual(
        "Payload-Oxum ghi {told}, thực tế {found}", "Payload-Oxum is {told}, found {found}"
    )

    # Manifests
    NO_DATA = Bilingual("thiếu thư mục data/", "there is no data/")
    NO_MANIFEST = Bilingual(
        "không có bảng kê nào kiểm tra được", "there is no manifest that can be checked"
    )
    UNKNOWN_ALGORITHM = Bilingual(
        "{path} dùng thuật toán không biết", "{path} is of an algorithm that is not known here"
    )
    WEAK_ALGORITHM = Bilingual(
        "chỉ có mã băm yếu: {detail}", "only weak hashes prove what it holds: {detail}"
    )
    BAD_LINE = Bilingual(
        "{manifest}, dòng {line}: sai dạng", "{manifest}, line {line}: not a hash and a path"
    )
    OUT_OF_SCOPE = Bilingual(
        "{manifest} chỉ ra ngoài gói: {path}", "{manifest} points out of the bag: {path}"
    )
    MISSING = Bilingual(
        "{manifest} liệt kê {path} nhưng không có tệp", "{manifest} lists {path}: not there"
    )
    SYSTEM_FILE_MISSING = Bilingual(
        "{manifest} liệt kê {path}, tệp tạm của hệ điều hành, không còn",
        "{manifest} lists {path}, an operating system's own file, which is gone",
    )
    CHANGED = Bilingual("{path} không khớp {manifest}", "{path} is not what {manifest} says")
    UNLISTED = Bilingual("{manifest} không liệt kê {path}", "{manifest} does not list {path}")
    LISTED_AGAIN = Bilingual("{manifest} liệt kê {path} nhiều lần", "{manifest} lists {path} again")
    LISTED_OTHERWISE = Bilingual(
        "{manifest} liệt kê {path} hai lần với mã băm khác nhau",
        "{manifest} lists {path} twice, with different hashes",
    )
    TWIN = Bilingual(
        "{path} và {other} chỉ khác chữ hoa hay cách mã hóa dấu",
        "{path} and {other} differ only by case or normalization",
    )
    OTHER_SPELLING = Bilingual(
        "{manifest} viết {path}, trên đĩa là {other}",
        "{manifest} says {path}, the disk says {other}",
    )
    MADE_BY_SUM_TOOLS = Bilingual(
        "{manifest} có dấu * trước tên tệp (md5sum)",
        "{manifest} has a * before names, as md5sum writes it",
    )
    DOT_SLASH = Bilingual("{manifest} có ./ trước tên tệp", "{manifest} has ./ before names")
    SYSTEM_FILE = Bilingual(
        "{path} là tệp của hệ điều hành", "{path} is an operating system's own file"
    )
    UNPORTABLE_NAME = Bilingual(
        "{path} không lưu được trên Windows", "{path} cannot be stored on Windows"
    )

    # fetch.txt
    BAD_FETCH = Bilingual(
        "fetch.txt, dòng {line}: sai dạng", "fetch.txt, line {line}: not a URL and a path"
    )
    TO_BE_FETCHED = Bilingual(
        "{path} còn phải tải về (fetch.txt)", "{path} has still to be fetched (fetch.txt)"
    )
    FETCH_UNLISTED = Bilingual(
        "{manifest} không liệt kê {path} của fetch.txt",
        "{manifest} does not list {path}, which fetch.txt names",
    )

    # A profile
    OUTSIDE_PROFILE = Bilingual(
        "không theo hồ sơ gói: {detail}", "is not what its profile asks: {detail}"
    )

    # What a package of ours holds
    LACKS = Bilingual("thiếu {path}", "{path} is missing")
    NOT_ASCII = Bilingual("{path}: tên tệp phải là ASCII", "{path} is not an ASCII name")
    BAD_DOCUMENT = Bilingual("{path} không đọc được: {detail}", "{path} cannot be read: {detail}")
    NOT_NINJS = Bilingual(
        "{path} không đúng lược đồ ninjs 3.1: {detail}",
        "{path} is not as the schema of ninjs 3.1 has it: {detail}",
    )
    TOLD_OTHERWISE = Bilingual(
        "{path} nói khác về {other}", "{path} says otherwise of {other} than the package"
    )
    SAYS_NOTHING = Bilingual("{path} không mang chú thích XMP", "{path} has no XMP in it")

    @property
    def says(self) -> Bilingual:
        """The sentence, with places for the facts."""
        return self.value

    @property
    def grave(self) -> bool:
        """Whether a bag is invalid by it."""
        return self not in _WARNINGS


_WARNINGS: Final = frozenset(
    {
        Flaw.NOT_UTF_8,
        Flaw.BYTE_ORDER_MARK,
        Flaw.ODD_TAG,
        Flaw.UNKNOWN_ALGORITHM,
        Flaw.WEAK_ALGORITHM,
        Flaw.SYSTEM_FILE_MISSING,
        Flaw.LISTED_AGAIN,
        Flaw.TWIN,
        Flaw.OTHER_SPELLING,
        Flaw.MADE_BY_SUM_TOOLS,
        Flaw.DOT_SLASH,
        Flaw.SYSTEM_FILE,
        Flaw.UNPORTABLE_NAME,
    }
)


class Finding(NamedTuple):
    """A flaw, with the facts that fill its sentence."""

    flaw: Flaw
    facts: Mapping[str, str]

    @property
    def says(self) -> Bilingual:
        """The sentence, for a person."""
        return self.flaw.says.fill(**self.facts)

    @property
    def grave(self) -> bool:
        """Whether the bag is invalid by it."""
        return self.flaw.grave


def found(flaw: Flaw, **facts: object) -> Finding:
    """Note a flaw.

    Names in a bag are a stranger's: what cannot be printed of them is written out, lest a terminal
    obey it, and only so much of them is told.
    """
    return Finding(flaw, {name: _printable(str(fact)) for name, fact in facts.items()})


_LONGEST_FACT: Final = 300


def _printable(text: str) -> str:
    shown = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
    return shown if len(shown) <= _LONGEST_FACT else f"{shown[:_LONGEST_FACT]}…"

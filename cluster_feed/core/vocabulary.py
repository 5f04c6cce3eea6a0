"""The controlled words of external information, each in Vietnamese and English.

Themes follow the provincial plans for external information (Quảng Trị 2023 and 2026, Thừa Thiên
Huế 2024, Thái Nguyên 2026, Đồng Tháp 2026); information classes are those of Decree 72/2015/NĐ-CP.
"""

import uuid
from enum import StrEnum
from typing import Final, Self

from cluster_feed.core.bilingual import Bilingual


class Term(StrEnum):
    """A code with its label in two languages."""

    label: Bilingual

    def __new__(cls, code: str, vi: str, en: str) -> Self:
        """Make a member of a code and its two labels."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = Bilingual(vi, en)
        return member

    @property
    def urn(self) -> str:
        """A name for it that no other vocabulary has."""
        return uuid.uuid5(uuid.NAMESPACE_URL, f"urn:quang-tri:{type(self).__name__}:{self}").urn


class Theme(Term):
    """What an asset is about."""

    POLICY = "CHINH_SACH", "Chủ trương, chính sách, pháp luật", "Policy and law"
    BORDER = "BIEN_GIOI", "Biên giới, chủ quyền lãnh thổ trên đất liền", "Land border"
    SEA = "BIEN_DAO", "Biển, đảo; Hoàng Sa, Trường Sa", "Sea and islands"
    LAOS = "VIET_LAO", "Hữu nghị, đoàn kết đặc biệt Việt Nam – Lào", "Vietnam–Laos friendship"
    FRIENDSHIP = "HUU_NGHI", "Quan hệ láng giềng, đối ngoại nhân dân", "Neighbours"
    HUMAN_RIGHTS = "QUYEN_CON_NGUOI", "Quyền con người; Việt Nam hạnh phúc", "Human rights"
    INTEGRATION = "HOI_NHAP", "Hội nhập quốc tế, hoạt động đối ngoại", "Integration, diplomacy"
    INVESTMENT = "DAU_TU", "Xúc tiến đầu tư, môi trường kinh doanh", "Investment"
    TRADE = "THUONG_MAI", "Thương mại, cửa khẩu", "Trade"
    TOURISM = "DU_LICH", "Du lịch", "Tourism"
    CULTURE = "VAN_HOA_DI_SAN", "Văn hóa, di sản, lễ hội, phong tục", "Culture, heritage"
    HISTORY = "LICH_SU", "Lịch sử, di tích", "History, relics"
    LAND_AND_PEOPLE = "DAT_NUOC_CON_NGUOI", "Đất nước, con người Quảng Trị", "Land and people"
    ECONOMY = "KTXH", "Thành tựu kinh tế – xã hội", "Socio-economic achievements"
    FARM_PRODUCTS = "NONG_SAN_OCOP", "Nông sản, OCOP, sản phẩm đặc trưng", "Farm products, OCOP"
    ETHNIC_MINORITIES = "DAN_TOC", "Dân tộc thiểu số, miền núi", "Ethnic minorities, uplands"
    SPORT = "THE_THAO", "Thể thao, giao lưu", "Sport, exchange"
    OVERSEAS = "KIEU_BAO", "Người Việt Nam ở nước ngoài", "Overseas Vietnamese"
    DIGITAL = "CHUYEN_DOI_SO", "Chuyển đổi số, cải cách hành chính", "Digital transformation"
    MARINE = "MOI_TRUONG_BIEN", "Môi trường, kinh tế biển, chống IUU", "Marine environment, IUU"
    BORDER_CRIME = "AN_NINH_BIEN_GIOI", "Phòng chống tội phạm, ma túy, buôn lậu", "Border crime"
    ANNIVERSARY = "KY_NIEM", "Ngày lễ lớn, kỷ niệm", "Anniversaries"
    CLARIFICATION = "GIAI_THICH", "Giải thích, làm rõ; phản bác tin sai lệch", "Clarification"

    @property
    def sensitive(self) -> bool:
        """Whether a slip here would hurt relations, so that reviewers should look twice."""
        return self in _SENSITIVE


_SENSITIVE = frozenset(
    {
        Theme.CLARIFICATION,
        Theme.SEA,
        Theme.BORDER,
        Theme.HUMAN_RIGHTS,
        Theme.ETHNIC_MINORITIES,
    }
)


class InformationClass(Term):
    """The classes of external information (Decree 72/2015/NĐ-CP)."""

    OFFICIAL = "CHINH_THUC", "Thông tin chính thức về Việt Nam", "Official information"
    PROMOTION = "QUANG_BA", "Quảng bá hình ảnh Việt Nam", "Promotion of Vietnam"
    WORLD = "THE_GIOI", "Tình hình thế giới vào Việt Nam", "The world, for Vietnam"
    CLARIFICATION = "GIAI_THICH", "Giải thích, làm rõ", "Clarification"


class Genre(Term):
    """What form an asset has."""

    NEWS = "TIN", "Tin", "News"
    ARTICLE = "BAI", "Bài", "Article"
    REPORTAGE = "PHONG_SU", "Phóng sự", "Reportage"
    CLIP = "VIDEO_CLIP", "Video clip", "Video clip"
    TRAILER = "TRAILER", "Trailer quảng bá", "Trailer"
    PHOTO = "ANH", "Ảnh", "Photo"
    PHOTO_SERIES = "BO_ANH", "Bộ ảnh", "Photo series"
    DOCUMENTARY = "PHIM_TAI_LIEU", "Phim tài liệu", "Documentary"
    FEATURE = "CHUYEN_DE", "Chuyên đề", "Feature"
    PUBLICATION = "AN_PHAM", "Ấn phẩm", "Publication"


class RepublishBasis(Term):
    """By what right the province shows it (Circular 03/2019/TT-BTTTT, article 7)."""

    OWN = "TU_SAN_XUAT", "Tự sản xuất", "Own production"
    SUPPLIED = "DUOC_CUNG_CAP", "Được cung cấp", "Supplied to the province"
    AGREEMENT = "THOA_THUAN", "Theo thỏa thuận", "By agreement"


class Consent(Term):
    """Whether the people who can be recognized agreed to be shown (Civil Code 2015, article 32)."""

    NOBODY = "KHONG_CO_NGUOI", "Không nhận ra người nào", "Nobody can be recognized"
    PUBLIC = "CONG_CONG", "Hoạt động công cộng, không cần xin phép riêng", "A public event"
    GIVEN = "DA_DONG_Y", "Người trong hình đã đồng ý", "The people shown agreed"
    MINORS = (
        *("TRE_EM_DA_DONG_Y", "Có trẻ em; cha mẹ hoặc người giám hộ đã đồng ý"),
        "Minors; their parents or guardians agreed",
    )


class DigitalSource(Term):
    """How the picture came to be; what a machine made of itself is to be said."""

    CAPTURED = "GHI_HINH", "Quay, chụp bằng máy", "Filmed or photographed"
    EDITED = "DUNG_HINH", "Quay, chụp rồi dựng, ghép", "Filmed or photographed, then edited"
    DRAWN = "DO_HOA", "Đồ họa, hoạt hình do người vẽ", "Drawn or animated by people"
    PARTLY_AI = "CO_PHAN_AI", "Có phần do AI tạo", "Parts were made by AI"
    AI = "AI_TAO", "Do AI tạo", "Made by AI"

    @property
    def newscode(self) -> str:
        """Name it as IPTC's vocabulary does (cv.iptc.org/newscodes/digitalsourcetype)."""
        return f"http://cv.iptc.org/newscodes/digitalsourcetype/{_NEWSCODES[self]}"


_NEWSCODES: Final = {
    DigitalSource.CAPTURED: "digitalCapture",
    DigitalSource.EDITED: "humanEdits",
    DigitalSource.DRAWN: "digitalCreation",
    DigitalSource.PARTLY_AI: "compositeWithTrainedAlgorithmicMedia",
    DigitalSource.AI: "trainedAlgorithmicMedia",
}


class NewsroomClass(Term):
    """Who supplies: the provincial plan of 2026 binds only the broadcaster to aired content."""

    BROADCASTER = "dai", "Báo và phát thanh, truyền hình", "Broadcaster"
    AGENCY = "co-quan", "Cơ quan, đơn vị, địa phương", "Agency"


LANGUAGES: Final = {
    "vi": Bilingual("tiếng Việt", "Vietnamese"),
    "en": Bilingual("tiếng Anh", "English"),
    "lo": Bilingual("tiếng Lào", "Lao"),
    "zxx": Bilingual("không lời", "no speech"),
}
"""The languages that people here call by name, by tag; any other is called by its tag."""

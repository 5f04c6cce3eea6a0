import unicodedata
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_feed.core.secrecy import marking

FORMS = pytest.mark.parametrize(
    "written", [str, partial(unicodedata.normalize, "NFD")], ids=["composed", "decomposed"]
)

MARKED = [
    "MẬT",
    "Mật",
    "mật",
    "  Mật. ",
    "[MẬT] bao cao.mp4",
    "[Mật] báo cáo.mp4",
    "(mật)",
    "[MAT] bao cao.mp4",
    "(Mat)_bc.docx",
    "bao-cao_MẬT_2026.docx",
    "BC-MẬT01.docx",
    "2026MẬT.mp4",
    "BaoCaoMẬT.mp4",
    "BAOCAOMẬT.mp4",
    "MẬTbaocao.mp4",
    "Số: 12/BC-MẬT",
    "TUYỆT MẬT",
    "TUYỆTMẬT",
    "TUYỆT-MẬT",
    "tuyệt.mật.mp4",
    "tuyệt mật",
    "Tuyệt Mật",
    "tối mật",
    "Tối mật: kế hoạch",
    "TỐI  MẬT",
    "TỐI\N{NO-BREAK SPACE}MẬT",
    "TỐI\N{THIN SPACE}MẬT",
    "TỐI\N{ZERO WIDTH SPACE}MẬT",
    "M\N{SOFT HYPHEN}ẬT",
    "TỐI\nMẬT",
    "TỐI+MẬT",
    "TỐI–MẬT",
    "12tối mật3",
    "báocáotốimật.mp4",
    "TOI_MAT",
    "toi mat",
    "TOIMAT.mp4",
    "BaoCaoToiMat.mp4",
    "TuyetMat_2026.mp4",
    "tuyet-mat.mp4",
    "toi mat na",
    "tối mat",
    "TUYÊT MÂT",
    "M Ậ T",
    "T Ố I   M Ậ T",
    "M.Ậ.T",
    "ＭẬＴ",
    "ĐỘ MẬT: MẬT",
    "Độ mật: Mật",
    "độ mật - mật",
    "Độ mật: “Mật”",
    "ÐỘ MẬT: Mật",
    "độ mật là mật",
    "do mat: mat",
    "Do_Mat: Mat",
    "ĐỘ MẬT",
    "MẬT - ĐỘ KHẨN: HỎA TỐC",
    "MẬT ĐỘ KHẨN: HỎA TỐC",
    "TỐI MẬT ĐỘ KHẨN HỎA TỐC",
    "MẬT_NGHỊ QUYẾT 05-NQ/TU.pdf",
    "MẬT MÃ SỐ 12",
    "MẬT HOA KỲ",
    "MẬT THIẾT KẾ trạm kiểm soát",
    "MẬT_Hoa gửi.mp4",
    "BÁO CÁO TUẦN MẬT",
    "BÁO CÁO TUYẾN ĐƯỜNG MẬT",
    "CÔNG TÁC BẢO - MẬT",
    "CÔNG TÁC BẢO\nMẬT",
    "BÍ MẬT - MẬT",
    "MẬT ONG - MẬT",
    "TUYEÄT MAÄT",
    "TOÁI MAÄT",
    "MAÄT",
    "tèi mËt",
    "TUYÖT MËT",
]

UNMARKED = [
    "",
    "BÍ MẬT",
    "BÍ MẬT HANG SƠN ĐOÒNG",
    "BÍ_MẬT_ĐẠI_NGÀN.mp4",
    "BÍMẬT.mp4",
    "Bí mật rừng xanh",
    "mật ong",
    "Mật ong.mp4",
    "MẬT ONG RỪNG",
    "MẬT_ONG_RỪNG.mp4",
    "MẬT-ONG.mp4",
    "MẬTONG.mp4",
    "mật độ",
    "MẬT ĐỘ DÂN CƯ",
    "mật độ giao thông",
    "Buổi tối mật độ xe qua cửa khẩu tăng",
    "BUỔI TỐI MẬT ĐỘ XE TĂNG",
    "Chợ phiên mở cả buổi tối. Mật ong Khe Sanh bán chạy.",
    "buổi tối mật ong được bày bán",
    "BẢO MẬT THÔNG TIN",
    "bảo mật",
    "MẬT KHẨU",
    "Mật khẩu wifi",
    "MỐI QUAN HỆ MẬT THIẾT VIỆT – LÀO",
    "TÌNH CẢM THÂN MẬT",
    "TRĂNG MẬT Ở CỬA TÙNG",
    "MẬT HOA DỪA",
    "MẬT MÍA",
    "tới mát",
    "tối mắt",
    "tối mát trời",
    "mất mát",
    "mặt trận",
    "MẶT TRẬN TỔ QUỐC",
    "MẮT BÃO",
    "MẤT",
    "MAT.mp4",
    "mat bang",
    "automatic",
    "Toi Matsu",
    "toi mat ong",
    "Tôi mất năm năm",
    "tomato",
    "mëtt",
]


@FORMS
@pytest.mark.parametrize("text", MARKED)
def test_a_marking_is_found(text: str, written: Callable[[str], str]) -> None:
    assert marking(written(text))


@FORMS
@pytest.mark.parametrize("text", UNMARKED)
def test_an_everyday_word_is_let_through(text: str, written: Callable[[str], str]) -> None:
    assert marking(written(text)) is None


@given(before=st.text(), stamp=st.sampled_from(["TUYỆT MẬT", "tối mật", "[MẬT]"]), after=st.text())
def test_no_text_around_it_hides_a_grade(before: str, stamp: str, after: str) -> None:
    assert marking(f"{before} {stamp}, {after}")


def test_a_long_text_full_of_compounds_is_read_in_no_time() -> None:
    assert marking("BÍ MẬT, MẬT ONG, tối, tuyệt, độ, " * 20_000) is None

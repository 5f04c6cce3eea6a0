import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cluster_feed.adapters import documents
from cluster_feed.core.bilingual import Tongue
from cluster_feed.core.cluster import Cluster
from cluster_feed.core.errors import BadDocument, OperatorError, UnreadableDocument
from cluster_feed.core.profile import DisplayProfile
from cluster_feed.settings import Written

ROOT = Path(__file__).parents[2]

CLUSTER = """\
name = "lao-bao"
title = "Lao Bảo"
gate = "Lao Bảo"
opens = 06:00:00
loop_seconds = 1800
evergreen = [
  "bao/a.mp4", # a comment with ]
  "bao/b.mp4",
]

[mix.themes]
BIEN_GIOI = 0.25

[[dayparts]]
name = "sang"
start = 06:00:00
end = 11:00:00

[[dayparts]]
name = "toi"
start = 19:00:00
end = 22:00:00
days = [0, 1]

[[screens]]
name = "led"
title = "Cổng"
profile = "led-wall"

[node]
host = "lao-bao.example"
user = "cluster-feed"
host_key = "ssh-ed25519 AAAA"
"""

PROFILE = """\
name = "led"
title = "LED"
width = 960
height = 540
fps = "25"
bitrate_kbps = 3000
"""

ENGLISH = re.compile(
    r"\b(input|should|must|expected|valid|value|error|field|the|is|not|or|and|needed|write|cannot)\b",
    re.IGNORECASE,
)


def refusal(
    path: Path, model: type[Any], text: str | bytes, old: str = "", new: str = ""
) -> BadDocument:
    """What is said of a document with a mistake in it."""
    if isinstance(text, str):
        assert old in text
        text = text.replace(old, new, 1).encode()
    path.write_bytes(text)
    with pytest.raises(BadDocument) as caught:
        documents.load(path, model)
    said = caught.value.message(Tongue.VI).replace(str(path), "")
    assert not ENGLISH.search(re.sub(r"[“'\"][^”'\"]*[”'\"]|\(.*?\)", "", said)), said
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ('name = "lao-bao"\n', "", 1, "“name” is missing. Add: name = …"),
        ('user = "cluster-feed"\n', "", 30, "“node.user” is missing. Add: user = …"),
        ("start = 19:00:00\n", "", 19, "“dayparts[2].start” is missing. Add: start = …"),
        ("[node]\n", "[nod]\n", 30, "there is no “nod”. Write: node"),
        ("loop_seconds", "loop_second", 5, "there is no “loop_second”. Write: loop_seconds"),
        ("start = 19", "begin = 19", 21, "there is no “dayparts[2].begin”. Write: "),
        ('host = "', 'closes = 22:00:00\nhost = "', 31, "Move closes to the top of the file"),
        ("loop_seconds = 1800", 'loop_seconds = "dài"', 5, '("dài"). Needed: a whole number'),
        ("loop_seconds = 1800", "loop_seconds = 12.5", 5, "Needed: a whole number"),
        ("loop_seconds = 1800", "loop_seconds = 5", 5, "(5). Needed: at least 30"),
        ("loop_seconds = 1800", "loop_seconds = 99999", 5, "Needed: at most 86400"),
        ("loop_seconds = 1800", "loop_seconds = nan", 5, "Needed: a"),
        ("loop_seconds = 1800", "loop_seconds = [1800]", 5, "Needed: a whole number"),
        ("opens = 06:00:00", "opens = 6", 4, "(6). Needed: a local time such as 06:30:00"),
        ("opens = 06:00:00", 'opens = "26:00"', 4, "Needed: a time such as 06:30:00"),
        ("opens = 06:00:00", "opens = 2026-11-25", 4, "(2026-11-25). Needed: a local time"),
        ('name = "lao-bao"', 'name = "Lao Bảo"', 1, "Needed: lower-case letters"),
        ('title = "Lao Bảo"', "title = true", 2, "(true). Needed: text in quotes"),
        ('"bao/b.mp4"', "7", 8, "“evergreen[2]” is not right (7). Needed: text"),
        ('"bao/b.mp4"', '"b.mp4"', 8, "Needed: <newsroom's folder>/<file name>"),
        ("BIEN_GIOI = 0.25", "BIENGIOI = 0.25", 12, "“mix.themes.BIENGIOI”"),
        ("BIEN_GIOI = 0.25", "BIENGIOI = 0.25", 12, "Needed: BIEN_GIOI"),
        ("BIEN_GIOI = 0.25", "BIEN_GIOI = 1.25", 12, "Needed: at most 1"),
        ("BIEN_GIOI = 0.25", "BIEN_GIOI = 0.6\nDU_LICH = 0.6", 11, "add up to at most 1"),
        ("[mix.themes]\nBIEN_GIOI", "mix.themes.BIENGIOI", 11, "Needed: BIEN_GIOI"),
        ("[mix.themes]\nBIEN_GIOI = 0.25", "mix = {themes = {X = 0.2}}", 11, "“mix.themes.X”"),
        ("[mix.themes]\n", "[ mix . 'themes' ] # tỷ lệ\n", 0, ""),
        ("BIEN_GIOI = 0.25", "'BIENGIOI' = 0.25", 12, "Needed: BIEN_GIOI"),
        ('"toi"', '"sang"', 14, "each with a name of its own"),
        ("days = [0, 1]", "days = [0, 9]", 23, "“dayparts[2].days[2]” is not right (9)"),
        ("days = [0, 1]", "days = []", 23, "Needed: at least 1 of them"),
        ("days = [0, 1]", "days = [\n0,\n9,\n]", 25, "(9). Needed: 0 | 1 | 2 | 3 | 4 | 5 | 6"),
        ("[[screens]]", "[screens]", 25, "Needed: a list in [ ]"),
        ("[[screens]]", "[[screen]]", 25, "there is no “screen”. Write: screens"),
        ('"ssh-ed25519 AAAA"', '"AAAA"', 33, "the server's public key line"),
        ("gate =", 'status = "hỏng"\ngate =', 3, "Needed: active | out_of_service | commis"),
        ("gate =", 'status = "out_of_servic"\ngate =', 3, "Needed: out_of_service"),
        ("gate =", 'status = "out_of_service"\ngate =', 3, "Needed: a status_reason"),
        ('host = "', 'port = 0\nhost = "', 31, "Needed: more than 0"),
        ('host = "', 'port = 70000\nhost = "', 31, "Needed: less than 65536"),
    ],
)
def test_a_mistake_in_a_cluster_is_told_at_its_line_with_the_remedy(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    path = tmp_path / "lao-bao.toml"
    if not line:
        path.write_text(CLUSTER.replace(old, new), encoding="utf-8")
        assert documents.load(path, Cluster).mix.themes
        return
    refused = refusal(path, Cluster, CLUSTER, old, new)
    assert said in str(refused)
    assert refused.facts["line"] == str(line)


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("width = 960", "width = 961", 3, "Needed: a multiple of 2"),
        ("width = 960", "width = 12", 3, "Needed: at least 64"),
        ('fps = "25"', "fps = 29.97", 5, 'such as "25" or "30000/1001"'),
        ('fps = "25"', 'fps = "PAL"', 5, 'Needed: a fraction such as "30000/1001"'),
        ('fps = "25"', "fps = []", 5, "Needed: a fraction"),
        ('fps = "25"', 'fit = "zoom"\nfps = "25"', 5, "Needed: pad | blur | crop"),
        ('fps = "25"', "loudness_lufs = -3\nfps = 25", 5, "Needed: at most -10"),
        ('fps = "25"', "loudness_lufs = -inf\nfps = 25", 5, "Needed: a"),
    ],
)
def test_a_mistake_in_a_profile_is_told_at_its_line_with_the_remedy(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    refused = refusal(tmp_path / "led.toml", DisplayProfile, PROFILE, old, new)
    assert said in str(refused)
    assert refused.facts["line"] == str(line)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            'newsrooms = [\n {slug="bao", title="B", kind="dai"},\n {slug="b", title="B"}\n]',
            3,
            "kind",
        ),
        ("[[newsrooms]]\nslug='a'\ntitle='A'\nkind='báo'", 4, "Needed: dai | co-quan"),
        ("[[newsrooms]]\nslug='a'\ntitle='A'\nkind='dai'\n" * 2, 1, "a slug of its own"),
        ("[cycle]\nday = 31", 2, "Needed: at most 28"),
        ("cycle.day = 31", 1, "Needed: at most 28"),
        ("[cycle]\ncut_off_at = 19:00:00", 2, "Needed: cut_off_at before push_at"),
        ("[cycle]\nremind_days_before = [7, 99]", 2, "“cycle.remind_days_before[2]”"),
        ("[intake]\nstable_seconds = inf", 2, "Needed: "),
        ("[delivery]\nkey_file = 1", 2, "Needed: text in quotes"),
        ("[trust]\nthreshold = 'hai'", 2, "Needed: a whole number"),
        ("_env_file = '/etc/passwd'", 1, "there is no “_env_file”"),
        ('["cycle"]\n"day" = 31', 2, "Needed: at most 28"),
        ("cycle = 25", 1, "a table with entries of its own"),
    ],
)
def test_a_mistake_in_the_settings_is_told_at_its_line_with_the_remedy(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    refused = refusal(tmp_path / "cluster-feed.toml", Written, text)
    assert said in str(refused)
    assert refused.facts["line"] == str(line)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\na = 2", 2, "already there"),
        ("[node]\n[node]\n", 2, "already there"),
        ("a = {b = 1}\n[a.c]\n", 2, "already there"),
        ("a = {b = 1, b = 2}\n", 1, "already there"),
        ("a = 1\nb = \n", 2, "straight quotes"),
        ("a = “x”\n", 1, "straight quotes"),
        ("a = True\n", 1, "straight quotes"),
        ("a = 0,5\n", 1, "decimals with a point"),
        ("a = 6:00\n", 1, "times as 06:00:00"),
        ("a = 2026-13-01\n", 1, "Write one entry a line"),
        ("a = 1 b = 2", 1, "Write one entry a line"),
        ('a = "D:\\Phim"\n', 1, "single quotes"),
        ('a = "x\nb = 1\n', 1, "not closed"),
        ("a = 'x\nb = 1", 1, "not closed"),
        ("b = 1\na = [1,\n2,\n", 2, "not closed"),
        ('b = 1\na = """x\ny\n', 2, "not closed"),
        ("b = 1\na = {b = 1", 2, "not closed"),
        ("[node\n", 1, "not closed"),
        ("a: 1\n", 1, 'key = "value"'),
        ("tên = 1\n", 1, 'key = "value"'),
        ("= 1\n", 1, 'key = "value"'),
        ("a = '\x00'\n", 1, 'key = "value"'),
        (f"a = {'9' * 5000}\n", 1, "TOML"),
        (f"a = {'[' * 5000}\n", 1, "TOML"),
        (b"a = 1\nb = 'Qu\xe1ng'\n", 2, "Save the file as UTF-8"),
        ("a = 1\n".encode("utf-16"), 1, "Save the file as UTF-8"),
    ],
)
def test_a_mistake_in_the_grammar_is_told_at_its_line(
    tmp_path: Path, text: str | bytes, line: int, said: str
) -> None:
    refused = refusal(tmp_path / "lao-bao.toml", Cluster, text)
    assert said in str(refused)
    assert refused.facts["line"] == str(line)


@pytest.mark.parametrize(
    "written",
    [
        CLUSTER.encode("utf-8-sig"),
        CLUSTER.replace("\n", "\r\n").encode(),
        CLUSTER.rstrip().encode(),
        CLUSTER.replace("Cổng", "Cổng\N{NEXT LINE}\N{LINE SEPARATOR}").encode(),
    ],
    ids=["byte order mark", "Windows", "no newline at the end", "strange line ends"],
)
def test_however_an_editor_saves_it_the_document_and_its_lines_are_the_same(
    tmp_path: Path, written: bytes
) -> None:
    path = tmp_path / "lao-bao.toml"
    path.write_bytes(written)
    assert documents.load(path, Cluster).name == "lao-bao"
    refused = refusal(path, Cluster, written.replace(b'"ssh-ed25519 AAAA"', b"1"))
    assert refused.facts["line"] == "33"


def test_an_empty_document_lacks_its_name(tmp_path: Path) -> None:
    refused = refusal(tmp_path / "lao-bao.toml", Cluster, "")
    assert refused.message(Tongue.VI).endswith("dòng 1: thiếu “name”. Hãy thêm: name = ….")


def test_what_is_no_readable_file_is_told_so(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "thư mục"), (tmp_path / "x.toml", "không có tệp")):
        with pytest.raises(UnreadableDocument) as caught:
            documents.load(path, Cluster)
        assert why in caught.value.message(Tongue.VI)


@pytest.mark.parametrize(
    ("path", "model"),
    [
        *((path, Cluster) for path in sorted((ROOT / "playlists").glob("*.toml"))),
        *((path, DisplayProfile) for path in sorted((ROOT / "profiles").glob("*.toml"))),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_every_entry_of_what_is_shipped_is_found_when_it_is_wrong(
    tmp_path: Path, path: Path, model: type[Any]
) -> None:
    lines = path.read_text(encoding="utf-8").split("\n")
    entries = [at for at, line in enumerate(lines) if re.match(r"\w+ = ", line)]
    assert entries
    for at in entries:
        key, _, _ = lines[at].partition(" = ")
        wrong = [*lines[:at], f"{key} = {{wrong = 1}}", *lines[at + 1 :]]
        refused = refusal(tmp_path / path.name, model, "\n".join(wrong))
        assert refused.facts["line"] == str(at + 1)


@settings(deadline=None)
@given(st.data())
def test_no_document_at_all_ends_in_anything_but_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    lines = CLUSTER.split("\n")
    pieces = st.sampled_from([*lines, "[[", "]", '"""', "{", "a.b = 1", "[dayparts.x]", "[[mix]]"])
    text = data.draw(st.text(max_size=30) | st.lists(pieces | st.text(max_size=9)).map("\n".join))
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    refused: OperatorError | None = None
    try:
        documents.load(path, Cluster)
    except OperatorError as error:
        refused = error
    if refused:
        assert 1 <= int(refused.facts["line"]) <= text.count("\n") + 1
        assert refused.message(Tongue.VI)

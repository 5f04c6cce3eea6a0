"""How the pages call people, newsrooms and gates, which the record knows by short names."""

from collections.abc import Iterable, Mapping
from typing import Final

from cluster_feed.core import errors
from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.edition import called
from cluster_feed.core.errors import FeedError, recall
from cluster_feed.web.house import workspace
from cluster_feed.web.models import Person

_THE_OPERATOR: Final = Bilingual("Người vận hành", "The operator")
"""Who acts by the command line without a name."""
_MACHINE: Final = Bilingual("Hệ thống", "The system")
MACHINES: Final = ("hub", "cluster-feed")
"""Under which names the record knows the machine itself."""
_PEOPLE: Final = ("person", "people", "one", "other", "whose")
"""The facts of a reason that name people."""


def names(people: Iterable[str]) -> dict[str, str]:
    """Tell how people are called, by the names under which the record knows them."""
    rows = Person.objects.filter(name__in=list(people))
    return dict(rows.values_list("name", "full_name"))


def actors(known: Iterable[str]) -> Mapping[str, Bilingual]:
    """Tell who acted: people, newsrooms, or the machine itself; a stranger is called as written."""
    known = list(known)
    newsrooms = {each.slug: each.title for each in workspace().settings.newsrooms}
    people = names(known)
    machines = dict.fromkeys(MACHINES, _MACHINE) | {"operator": _THE_OPERATOR}
    return {
        each: Bilingual(people[each], people[each])
        if each in people
        else machines.get(each) or Bilingual(*[newsrooms.get(each, each)] * 2)
        for each in known
    }


_AT_THE_DESK: Final[Mapping[type[FeedError], Bilingual]] = {
    errors.KeyNotHere: Bilingual(
        "Khóa của {person} không ở máy trung tâm nên chưa ký được ở đây. Ở mục “Khóa ở máy khác”: "
        "tải yêu cầu ký, ký ở máy giữ khóa, rồi nộp tệp chữ ký.",
        "The key of {person} is not on the hub, so that it cannot sign here. Under “The key is on "
        "another machine”: download the request, sign where the key is, and hand in the signature.",
    ),
    errors.NoticeNotApproved: Bilingual(
        "Thông báo {notice} mới có {valid} chữ ký hợp lệ, cần {threshold}. Cần người duyệt ký "
        "ở mục “Duyệt trước” của thông báo.",
        "The notice {notice} has {valid} valid signatures; {threshold} are needed. An approver "
        "signs it under “Approve it ahead”.",
    ),
    errors.NoticeSignedOtherwise: Bilingual(
        "Chữ ký của {person} không phải cho thông báo {notice} như hiện nay. Hãy tải lại yêu cầu "
        "ký, xem rồi ký tệp đó.",
        "The signature of {person} is not for the notice {notice} as it is now. Download the "
        "request again, look at it, and sign that file.",
    ),
    errors.NotSubmitted: Bilingual(
        "Phiên bản phát {edition} còn là bản nháp, chưa ký được. Biên tập viên hãy trình trước.",
        "Edition {edition} is a draft and cannot be signed yet. An editor submits it first.",
    ),
    errors.AlreadyPublished: Bilingual(
        "Phiên bản phát {edition} đã phát hành. Muốn gỡ nội dung, hãy dùng “Thu hồi nội dung”.",
        "Edition {edition} is published. To take something off the screens, withdraw it.",
    ),
    errors.NoSuchAsset: Bilingual(
        "Mã “{asset}” không chỉ đúng một nội dung. Hãy mở lại từ thư viện.",
        "The id “{asset}” does not name exactly one asset. Open it again from the library.",
    ),
    errors.NoSuchPackage: Bilingual(
        "Không có gói “{package}” cho Vietnam.vn. Hãy mở lại từ danh sách các gói.",
        "There is no package “{package}” for Vietnam.vn. Open it again from the list.",
    ),
    errors.BadAnswer: Bilingual(
        "{path} không phải là tệp chữ ký. Hãy ký lại ở máy giữ khóa, rồi nộp tệp .sig.json.",
        "{path} is not a file of signatures. Sign again where the key is, and hand in the "
        ".sig.json file.",
    ),
    errors.WouldVoid: Bilingual(
        "“{name}” đã trình hoặc đã duyệt (chữ ký: {people}); sửa sẽ làm mất hiệu lực. Nếu vẫn "
        "muốn, hãy lấy lại hoặc trả lại trước.",
        "“{name}” is submitted or approved (signatures: {people}); to change it would void that. "
        "If this is meant, take it back or give it back first.",
    ),
    errors.NotDropped: Bilingual(
        "Bản nháp {edition} là của tháng, không bỏ được. Hãy sửa rồi trình lại.",
        "The draft {edition} is the month's own and cannot be dropped. Change it and submit it.",
    ),
}
"""The desk's way, where the error tells the command line's."""


def told(error: FeedError) -> Bilingual:
    """Say a reason with the names by which people know each other, the gates and the screens."""
    error = workspace().titled(error)
    way = _AT_THE_DESK.get(type(error))
    if way is None and "cluster-feed" in error.says.vi:  # what is to be typed keeps its names
        return error.sentence
    facts: dict[str, object] = dict(error.facts)
    if "edition" in error.facts:
        facts["edition"] = called(error.facts["edition"])
    named = {name: fact for name, fact in error.facts.items() if name in _PEOPLE}
    known = names(each for fact in named.values() for each in fact.split(", ")) if named else {}
    for name, fact in named.items():
        facts[name] = ", ".join(known.get(each, each) for each in fact.split(", "))
    if way:
        return way.fill(**facts)
    return recall(error.code, facts).sentence

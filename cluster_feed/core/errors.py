"""Refusals, grouped by who must act.

A class is a reason; its two sentences say who must do what, in both languages, with the facts of
the case in their named places.  The ledger keeps a refusal as its class's code and its facts, so
that it can be read again later in either language.  A fact that is itself words is given as a
Bilingual, and each sentence takes its own.
"""

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from cluster_feed.core.bilingual import Bilingual, Tongue

_reasons: Final[dict[str, type["FeedError"]]] = {}


class FeedError(Exception):
    """Why something was not done."""

    says: ClassVar[Bilingual]

    def __init_subclass__(cls) -> None:
        """Remember the reason under its code, the class's name."""
        _reasons[cls.__name__] = cls

    def __init__(self, **facts: object) -> None:
        """Keep the facts of the case, as the text that fills the sentence."""
        self.facts: Final = dict(_texts(facts))
        super().__init__(self.message(Tongue.EN))

    @property
    def code(self) -> str:
        """The reason's stable name."""
        return type(self).__name__

    def message(self, tongue: Tongue) -> str:
        """Tell a person what happened and what to do."""
        own = {name.removesuffix(f"_{tongue}"): fact for name, fact in self.facts.items()}
        return self.says.to(tongue).format(**self.facts | own)

    def __reduce__(self) -> tuple[object, tuple[str, dict[str, str]]]:
        """Let a refusal cross from a worker process with its facts."""
        return recall, (self.code, self.facts)


def _texts(facts: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, fact in facts.items():
        if isinstance(fact, Bilingual):
            yield from ((f"{name}_{tongue}", fact.to(tongue)) for tongue in Tongue)
        else:
            yield name, str(fact)


def recall(code: str, facts: dict[str, str]) -> FeedError:
    """Make a refusal again from what was kept of it."""
    return _reasons[code](**facts)


class Refusal(FeedError):
    """Why an asset was not admitted; its newsroom must act."""


class ReviewError(FeedError):
    """Why an act on an edition was refused; the department must act."""


class OperatorError(FeedError):
    """What is wrong with the installation; the operator must act."""


class ScreenError(FeedError):
    """Why a screen did not take something; it reports this and goes on with what it has."""


# --- The newsroom acts -------------------------------------------------------------------------


class UnknownMedia(Refusal):
    says = Bilingual(
        "Tệp không phải là video hay ảnh mà màn hình phát được (“{detail}”). "
        "Hãy xuất lại thành MP4, MOV, MXF, JPEG hoặc PNG rồi thả lại.",
        "The file is not a clip or a photo that a screen can show (“{detail}”). "
        "Export it again as MP4, MOV, MXF, JPEG or PNG and drop it again.",
    )


class DamagedMedia(Refusal):
    says = Bilingual(
        "Tệp bị hỏng hoặc chép chưa hết. Hãy chép lại từ bản gốc. (Máy báo: “{detail}”)",
        "The file is damaged or was not copied whole. Copy it again from the original. "
        "(The program said: “{detail}”)",
    )


class OnlySound(UnknownMedia):
    says = Bilingual(
        "Tệp chỉ có tiếng, không có hình. Hãy gửi video hoặc ảnh.",
        "The file has sound and no picture. Send a clip or a photo.",
    )


class BreaksOff(DamagedMedia):
    says = Bilingual(
        "Video đứt ở giây {at} trên tổng số {seconds} giây: tệp bị hỏng hoặc chép chưa hết. "
        "Hãy chép lại từ bản gốc.",
        "The clip breaks off at second {at} of {seconds}: the file is damaged or was not copied "
        "whole. Copy it again from the original.",
    )


class Stalled(Refusal):
    says = Bilingual(
        "Không xử lý được tệp: {program} đứng yên quá {seconds} giây. "
        "Hãy xuất lại từ bản dựng gốc.",
        "The file cannot be worked on: {program} stood still for more than {seconds} s. "
        "Export it again from the original edit.",
    )


class OverBudget(Refusal):
    says = Bilingual(
        "Không xử lý được tệp: {program} làm hơn {seconds} giây vẫn chưa xong. "
        "Hãy xuất lại từ bản dựng gốc, ngắn hoặc nhỏ hơn.",
        "The file cannot be worked on: {program} was not done after {seconds} s. "
        "Export it again from the original edit, shorter or smaller.",
    )


class AnimatedPhoto(Refusal):
    says = Bilingual(
        "Ảnh động ({frames} khung hình) không dùng được. Hãy gửi ảnh tĩnh hoặc video.",
        "An animated picture ({frames} frames) cannot be used. Send a still photo or a clip.",
    )


class TooLarge(Refusal):
    says = Bilingual(
        "Tệp quá lớn: {measured}, giới hạn là {limit}. Hãy xuất lại nhỏ hơn.",
        "The file is too large: {measured}, the limit is {limit}. Export it smaller.",
    )


class TooShort(Refusal):
    says = Bilingual(
        "Video chỉ dài {seconds} giây; cần ít nhất {least} giây.",
        "The clip lasts only {seconds} s; at least {least} s are needed.",
    )


class EmptyFile(Refusal):
    says = Bilingual(
        "Tệp rỗng (0 byte). Hãy chép lại từ bản gốc.",
        "The file is empty (0 bytes). Copy it again from the original.",
    )


class NotARegularFile(Refusal):
    says = Bilingual(
        "Đây là lối tắt hoặc thiết bị, không phải tệp. Hãy thả chính tệp video hoặc ảnh.",
        "This is a link or a device, not a file. Drop the clip or photo itself.",
    )


class SecrecyMarking(Refusal):
    says = Bilingual(
        "Tìm thấy dấu chỉ độ mật “{marking}” ở {place}. Hệ thống không giữ bản sao nào của tệp. "
        "Hãy đưa tệp ra khỏi thư mục chung và báo ngay người phụ trách bảo vệ bí mật nhà nước.",
        "A secrecy marking “{marking}” was found in {place}. No copy of the file was kept. "
        "Take it off the shared folder and tell the person responsible for state secrets now.",
    )


class NotBroadcastYet(Refusal):
    says = Bilingual(
        "Ngày phát sóng {broadcast} ở sau ngày tiếp nhận {received}: đài chỉ gửi nội dung đã phát "
        "sóng. Hãy sửa ngày hoặc gửi lại sau khi phát.",
        "The broadcast date {broadcast} is after the day of intake {received}: the broadcaster "
        "sends what has been on air. Correct the date or send it again afterwards.",
    )


class Duplicate(Refusal):
    says = Bilingual(
        "Nội dung này đã được nhận ngày {received} với tên “{name}” (từ {newsroom}). "
        "Không cần gửi lại; có thể xóa tệp này.",
        "This content was already taken in on {received} as “{name}” (from {newsroom}). "
        "There is no need to send it again; this file may be deleted.",
    )


class BadSheet(Refusal):
    says = Bilingual(
        "Phiếu thông tin {sheet} cần sửa: {problem}. Hãy sửa rồi lưu lại vào cùng thư mục.",
        "The caption sheet {sheet} needs mending: {problem}. Correct it and save it again in "
        "the same folder.",
    )


class MarkedAfterIntake(Refusal):
    says = Bilingual(
        "Dấu chỉ độ mật “{marking}” ở {place} đến sau khi tệp đã được nhận. Nội dung bị giữ lại, "
        "không vào phiên bản phát nào mới. Hãy báo ngay người phụ trách bảo vệ bí mật nhà nước; "
        "chỉ Sở mới mở lại được.",
        "The secrecy marking “{marking}” in {place} came after the file had been taken in. It is "
        "held back from every new edition. Tell the person responsible for state secrets now; "
        "only the department can release it.",
    )


class CannotBeNormalized(Refusal):
    says = Bilingual(
        "Không tạo được bản phát cho màn hình {profile}: {detail}. Hãy xuất lại từ bản dựng gốc.",
        "No rendition for screen profile {profile} could be made: {detail}. Export it again from "
        "the original edit.",
    )


class FlawedMedia(Refusal):
    says = Bilingual(
        "Không dùng được cho màn hình {profile}: {flaws}. Hãy sửa trong bản dựng gốc rồi gửi lại.",
        "It cannot be used for screen profile {profile}: {flaws}. Mend it in the original edit and "
        "send it again.",
    )


# --- The department acts -----------------------------------------------------------------------


class NotOnTheRoad(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đang ở trạng thái “{state}”, không thể “{act}”.",
        "Edition {edition} is “{state}”; it cannot be: {act}.",
    )


class OwnSubmission(ReviewError):
    says = Bilingual(
        "{person} đã trình phiên bản phát {edition} nên không được tự duyệt. Cần người khác duyệt.",
        "{person} submitted edition {edition} and cannot approve it. Another person must.",
    )


class ApprovedTwice(ReviewError):
    says = Bilingual(
        "{person} đã duyệt phiên bản phát {edition} rồi. Cần chữ ký của người khác.",
        "{person} has already approved edition {edition}. The signature of another is needed.",
    )


class ChangedSinceSeen(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đã thay đổi từ khi xem (đã xem {seen}, hiện là {now}). "
        "Hãy xem lại rồi duyệt.",
        "Edition {edition} has changed since it was looked at (seen {seen}, now {now}). "
        "Look at it again, then approve.",
    )


class NotDeclared(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} có nội dung không còn cam kết không chứa bí mật nhà nước: "
        "{assets}. Hãy trả lại và lập lại phiên bản không có nội dung đó.",
        "Edition {edition} shows what is no longer declared free of state secrets: {assets}. "
        "Return it and assemble it again without that.",
    )


class NotAnApprover(ReviewError):
    says = Bilingual(
        "{person} không có khóa duyệt trong danh sách người duyệt của feed.",
        "{person} has no approver's key in the feed's list of approvers.",
    )


class WrongPassphrase(ReviewError):
    says = Bilingual(
        "Mật khẩu khóa của {person} không đúng, hoặc tệp khóa đã hỏng.",
        "The passphrase of {person}'s key is wrong, or the key file is damaged.",
    )


class WeakPassphrase(ReviewError):
    says = Bilingual(
        "Mật khẩu khóa của {person} quá ngắn; cần ít nhất {least} ký tự.",
        "The passphrase of {person}'s key is too short; at least {least} characters are needed.",
    )


class KeyNotHere(ReviewError):
    says = Bilingual(
        "Khóa duyệt của {person} không nằm trên máy này. Hãy ký trên máy giữ khóa, hoặc khôi phục "
        "khóa từ bản sao lưu.",
        "The approver's key of {person} is not on this machine. Sign on the one that has it, or "
        "restore it from the backup.",
    )


class WrongSignature(ReviewError):
    says = Bilingual(
        "Chữ ký của {person} cho cụm {cluster} không khớp với nội dung. Hãy xem lại rồi ký lại.",
        "The signature of {person} for cluster {cluster} does not match the content. Look at it "
        "again, then sign again.",
    )


class TooFewSignatures(ReviewError):
    says = Bilingual(
        "Cụm {cluster} mới có {valid} chữ ký hợp lệ của người duyệt, cần {threshold}. "
        "Cần người khác ký duyệt; nếu bản đã duyệt thì trả lại, trình và duyệt lại.",
        "Cluster {cluster} has {valid} valid approvers' signatures; {threshold} are needed. "
        "Another person must sign; if it is approved, return it, submit and approve it again.",
    )


class ReasonNeeded(ReviewError):
    says = Bilingual(
        "Cần ghi lý do khi trả lại hoặc thu hồi phiên bản phát {edition}.",
        "Say why edition {edition} is returned or withdrawn.",
    )


class AlreadyPublished(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đã phát hành. Muốn gỡ nội dung: cluster-feed withdraw {edition} "
        "--asset <mã>, rồi duyệt bản gỡ.",
        "Edition {edition} is published. To take something off the screens: cluster-feed withdraw "
        "{edition} --asset <id>, then approve the edition without it.",
    )


class NothingToShow(ReviewError):
    says = Bilingual(
        "Không có mục nào đủ điều kiện phát cho cụm {cluster}: {detail}. "
        "Hãy hoàn thiện chú thích hoặc bổ sung nội dung.",
        "No entry is fit to be shown at cluster {cluster}: {detail}. "
        "Complete the captions or supply more.",
    )


class NoSuchEdition(ReviewError):
    says = Bilingual(
        "Không có phiên bản phát “{edition}”.",
        "There is no edition “{edition}”.",
    )


class NoSuchAsset(ReviewError):
    says = Bilingual(
        "Mã “{asset}” không chỉ đúng một nội dung. Hãy chép lại, đủ dài, từ “cluster-feed show”.",
        "The id “{asset}” does not name exactly one asset. Copy it again, long enough, from "
        "“cluster-feed show”.",
    )


class BadRequest(ReviewError):
    says = Bilingual(
        "Không ký và không nhận: {path} không phải là yêu cầu ký đúng ({detail}). Hãy xin lại tệp "
        "từ máy trung tâm.",
        "Nothing is signed or taken: {path} is not a sound request ({detail}). Ask for the file "
        "again from the hub.",
    )


class BadAnswer(ReviewError):
    says = Bilingual(
        "{path} không phải là tệp chữ ký. Hãy ký lại bằng “cluster-feed sign”.",
        "{path} is not a file of signatures. Sign again with “cluster-feed sign”.",
    )


class OtherRequest(ReviewError):
    says = Bilingual(
        "Chữ ký của {person} là cho một yêu cầu khác, không phải {request}. Hãy ký đúng tệp yêu "
        "cầu đó.",
        "The signature of {person} is for another request, not for {request}. Sign that request's "
        "file.",
    )


class NotAsked(ReviewError):
    says = Bilingual(
        "Yêu cầu {request} không cần chữ ký của khóa {person} (mã {code}). Hãy kiểm tra tệp khóa.",
        "Request {request} does not ask for a signature of the key {person} (code {code}). Check "
        "which key file it is.",
    )


class NotACharter(ReviewError):
    says = Bilingual(
        "Thay đổi về khóa không đúng mẫu ({detail}). Không ký và không áp dụng; hãy báo người quản "
        "trị.",
        "This is no proper change of keys ({detail}). It is neither signed nor applied; tell the "
        "administrator.",
    )


class TooFewLeaders(ReviewError):
    says = Bilingual(
        "Mới có {valid} chữ ký hợp lệ của khóa gốc {whose}, cần {threshold}. Còn có thể ký: "
        "{missing}.",
        "There are {valid} valid signatures of the {whose} root keys; {threshold} are needed. "
        "These can still sign: {missing}.",
    )


class SameKeyTwice(ReviewError):
    says = Bilingual(
        "{one} và {other} có cùng một khóa. Mỗi vai trò cần một khóa riêng; hãy tạo khóa mới.",
        "{one} and {other} have the same key. Each needs one of its own; make a new key.",
    )


class BadPublicKey(ReviewError):
    says = Bilingual(
        "{path} không phải là khóa công khai dùng được. Hãy tạo lại bằng “cluster-feed keys make” "
        "và gửi tệp .pub.",
        "{path} is not a public key that can be used. Make it again with “cluster-feed keys make” "
        "and hand in the .pub file.",
    )


class KeyOfAnother(ReviewError):
    says = Bilingual(
        "{path} là khóa của {whose}, không phải của {person}. Hãy kiểm tra tên hoặc tệp.",
        "{path} is the key of {whose}, not of {person}. Check the name or the file.",
    )


class AlreadyAnApprover(ReviewError):
    says = Bilingual(
        "{person} đã là người duyệt. Muốn đổi khóa, hãy dùng --replace.",
        "{person} is an approver already. To change the key, use --replace.",
    )


class TokenUnusable(ReviewError):
    says = Bilingual(
        "Không dùng được khóa {token} trên thiết bị ký ({detail}). Hãy kiểm tra thiết bị, mã PIN "
        "và biến PYKCS11LIB.",
        "The key {token} on its token cannot be used ({detail}). Check the token, the PIN and the "
        "variable PYKCS11LIB.",
    )


class Superseded(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} (số {number}) cũ hơn bản đang phát (số {live}). "
        "Hãy trả lại, lập lại và trình duyệt lại.",
        "Edition {edition} (number {number}) is older than the one live (number {live}). "
        "Return it, assemble and submit it again.",
    )


class NumbersUsedUp(ReviewError):
    says = Bilingual(
        "Tháng {cycle} đã dùng hết số phiên bản (đến {last}). Hãy chờ phiên bản của tháng sau.",
        "The month {cycle} has used up its edition numbers (up to {last}). Wait for the next "
        "month's edition.",
    )


class WouldVoid(ReviewError):
    says = Bilingual(
        "“{name}” đã trình hoặc đã duyệt (chữ ký: {people}); lập lại sẽ làm mất hiệu lực. "
        "Nếu vẫn muốn, hãy thêm --again.",
        "“{name}” is submitted or approved (signatures: {people}); to make it again would void "
        "that. If this is meant, add --again.",
    )


class NotDropped(ReviewError):
    says = Bilingual(
        "Bản nháp {edition} là của tháng, không bỏ được. Hãy lập lại với --without.",
        "The draft {edition} is the month's own and cannot be dropped. Assemble it again with "
        "--without.",
    )


class AssetWithdrawn(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} có nội dung đã thu hồi: {assets}. Hãy trả lại và lập lại phiên "
        "bản không có nội dung đó.",
        "Edition {edition} shows what was withdrawn: {assets}. Return it and make it again "
        "without that.",
    )


class NothingToWithdraw(ReviewError):
    says = Bilingual(
        "Các nội dung này đã thu hồi rồi và không còn trong bản nào đang phát hành.",
        "These assets are withdrawn already and in nothing that is live.",
    )


class NotWithdrawn(ReviewError):
    says = Bilingual(
        "Nội dung {asset} không bị thu hồi.",
        "The asset {asset} is not withdrawn.",
    )


class MadeFromWhatWasLive(ReviewError):
    says = Bilingual(
        "Phiên bản {edition} được lập từ bản không còn phát hành hoặc từ nội dung đã thay đổi. "
        "Hãy trả lại nó rồi ra lại lệnh.",
        "Edition {edition} was made from what is no longer live or has changed. Return it and "
        "give the command again.",
    )


class BadNoticeName(ReviewError):
    says = Bilingual(
        "“{name}” không dùng làm tên thông báo được: chỉ dùng chữ thường không dấu, số và gạch "
        "nối, ví dụ bao-so-5.",
        "“{name}” cannot be a notice's name: use lower-case letters without marks, digits and "
        "hyphens, such as bao-so-5.",
    )


class NoSuchNotice(ReviewError):
    says = Bilingual(
        "Không có thông báo khẩn “{notice}”.",
        "There is no notice “{notice}”.",
    )


class NoSuchCluster(ReviewError):
    says = Bilingual(
        "Không có cụm “{cluster}”. Các cụm: {known}.",
        "There is no cluster “{cluster}”. The clusters: {known}.",
    )


class UnfitForNotice(ReviewError):
    says = Bilingual(
        "“{asset}” chưa dùng được trong thông báo khẩn ở cụm {cluster}: {detail}.",
        "“{asset}” cannot be in a notice at cluster {cluster}: {detail}.",
    )


class NoticeChanged(ReviewError):
    says = Bilingual(
        "Thông báo {notice} không còn như lúc chuẩn bị (bản phát, chú thích hoặc cụm đã đổi). "
        "Hãy chuẩn bị và duyệt lại.",
        "The notice {notice} is no longer what was prepared (renditions, captions or clusters "
        "have changed). Prepare and approve it again.",
    )


class OwnNotice(ReviewError):
    says = Bilingual(
        "{person} đã chuẩn bị thông báo {notice} nên không được tự duyệt. Cần người khác duyệt.",
        "{person} prepared the notice {notice} and cannot approve it. Another person must.",
    )


class NoticeApprovedTwice(ReviewError):
    says = Bilingual(
        "{person} đã duyệt thông báo {notice} rồi. Cần chữ ký của người khác.",
        "{person} has already approved the notice {notice}. The signature of another is needed.",
    )


class NoticeNotApproved(ReviewError):
    says = Bilingual(
        "Thông báo {notice} mới có {valid} chữ ký hợp lệ, cần {threshold}. "
        "Hãy duyệt trước: cluster-feed notice approve {notice}",
        "The notice {notice} has {valid} valid signatures; {threshold} are needed. Approve it "
        "first: cluster-feed notice approve {notice}",
    )


class EndNeeded(ReviewError):
    says = Bilingual(
        "Cần giờ kết thúc của thông báo {notice}, sau lúc này và trong vòng {days} ngày, "
        'ví dụ --until "2026-11-22 18:00".',
        "The notice {notice} needs an end, later than now and within {days} days, such as "
        '--until "2026-11-22 18:00".',
    )


class AnotherEnd(ReviewError):
    says = Bilingual(
        "Người trước đã phát thông báo {notice} đến {until}. Hãy ký đúng giờ đó, hoặc trả lại "
        "{edition} rồi phát lại.",
        "The notice {notice} was released until {until}. Sign that, or return {edition} and "
        "release it again.",
    )


class NotOnScreens(ReviewError):
    says = Bilingual(
        "Thông báo {notice} không đang chiếm màn hình ở cụm nào.",
        "The notice {notice} has the screens of no cluster.",
    )


# --- The operator acts -------------------------------------------------------------------------


class BadDocument(OperatorError):
    says = Bilingual(
        "{path}, dòng {line}: {problem}. {advice}.",
        "{path}, line {line}: {problem}. {advice}.",
    )


class UnreadableDocument(OperatorError):
    says = Bilingual(
        "Không đọc được tệp {path}: {detail}. Hãy kiểm tra đường dẫn và quyền đọc.",
        "The file {path} cannot be read: {detail}. Check that it is there and may be read.",
    )


class BadEnvironment(OperatorError):
    says = Bilingual(
        "Biến môi trường {variable} (hoặc tệp bí mật cùng tên) sai: {problem}. {advice}.",
        "The environment variable {variable} (or the secret file of that name) is wrong: "
        "{problem}. {advice}.",
    )


class NoWorkspace(OperatorError):
    says = Bilingual(
        "Thư mục {path} chưa có cluster-feed.toml. Hãy chạy: cluster-feed init {path}",
        "There is no cluster-feed.toml in {path}. Run: cluster-feed init {path}",
    )


class WorkspaceThere(OperatorError):
    says = Bilingual(
        "{path} đã có cluster-feed.toml; không ghi đè. Hãy sửa tệp đó hoặc chọn thư mục khác.",
        "{path} already has a cluster-feed.toml; nothing was overwritten. Edit it, or choose "
        "another folder.",
    )


class Busy(OperatorError):
    says = Bilingual(
        "Một tiến trình khác đang chạy bước {stage} (có thể là “cluster-feed run”). Không cần làm "
        "gì; bước này sẽ được làm ở đó.",
        "Another process is running the stage {stage} (perhaps “cluster-feed run”). Nothing needs "
        "to be done; the stage is done there.",
    )


class ToolMissing(OperatorError):
    says = Bilingual(
        "Thiếu chương trình {tool}. Hãy cài: {install}",
        "The program {tool} is missing. Install it: {install}",
    )


class WorkInterrupted(OperatorError):
    says = Bilingual(
        "Chương trình {program} bị dừng từ bên ngoài, có thể do máy thiếu bộ nhớ. "
        "Hệ thống tự làm lại.",
        "The program {program} was stopped from outside, perhaps because memory ran out. "
        "The work is done again by itself.",
    )


class DiskFull(OperatorError):
    says = Bilingual(
        "Ổ đĩa tại {path} chỉ còn {free}, cần {needed}. Hãy giải phóng dung lượng; hệ thống tự làm "
        "tiếp.",
        "The disk at {path} has only {free} left; {needed} are needed. Free some space; the work "
        "resumes by itself.",
    )


class FolderUnwritable(OperatorError):
    says = Bilingual(
        "Không ghi được vào thư mục {path}: {detail}. Hãy kiểm tra quyền và ổ đĩa.",
        "The folder {path} cannot be written to: {detail}. Check its rights and its disk.",
    )


class FolderMissing(OperatorError):
    says = Bilingual(
        "Không thấy thư mục {path} (ổ mạng có thể đã ngắt). Không tệp nào bị coi là đã xóa.",
        "The folder {path} is not there (its network drive may be gone). No file is taken for "
        "deleted.",
    )


class UnknownFolder(OperatorError):
    says = Bilingual(
        "“{path}” trong hộp thư không thuộc đơn vị nào. Hãy thêm đơn vị vào [[newsrooms]] của "
        "cluster-feed.toml, hoặc chuyển vào thư mục của một đơn vị.",
        "“{path}” in the inbox belongs to no newsroom. Add one under [[newsrooms]] in "
        "cluster-feed.toml, or move it into a newsroom's folder.",
    )


class NoAccess(OperatorError):
    says = Bilingual(
        "Không đọc hoặc không ghi được {path}: {detail}. Tệp đã ghi nhận không bị nhận lại. Hãy "
        "cấp quyền đọc và ghi cho tài khoản chạy hệ thống.",
        "{path} cannot be read or cannot be written: {detail}. What was recorded is not taken in "
        "again. Let the account that runs the system read and write there.",
    )


class HostKeyChanged(OperatorError):
    says = Bilingual(
        "Khóa máy chủ của cụm {cluster} ({host}) không khớp khóa đã ghim. Không gửi gì. Hãy hỏi "
        "người phụ trách cụm trước khi sửa mục node.host_key.",
        "The host key of cluster {cluster} ({host}) is not the pinned one. Nothing was sent. Ask "
        "the person in charge of the cluster before you change node.host_key.",
    )


class NodeUnreachable(OperatorError):
    says = Bilingual(
        "Chưa kết nối được máy chủ cụm {cluster} ({host}): {detail}. Hệ thống sẽ tự thử lại.",
        "The node of cluster {cluster} ({host}) was not reached: {detail}. It is tried again by "
        "itself.",
    )


class NodeFull(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} chỉ còn {free}, cần {needed}. Không gửi gì; hệ thống sẽ tự thử lại.",
        "The node of cluster {cluster} has only {free} left; {needed} are needed. Nothing was "
        "sent; it is tried again by itself.",
    )


class NodeRefusedHub(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} ({host}) không nhận khóa của trung tâm. Hãy thêm nội dung tệp "
        "{key}.pub vào authorized_keys của tài khoản {user} trên máy chủ đó.",
        "The node of cluster {cluster} ({host}) does not accept the hub's key. Add the content of "
        "{key}.pub to the authorized_keys of account {user} on that node.",
    )


class NodeFault(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} ({host}) không thực hiện được yêu cầu: {detail}. Hãy kiểm tra quyền "
        "thư mục và ổ đĩa trên máy chủ đó.",
        "The node of cluster {cluster} ({host}) could not do what it was asked: {detail}. Check "
        "the rights of its folder and its disk.",
    )


class NodeTakesOtherLogins(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} còn cho đăng nhập bằng: {ways}. Hãy cài lại tệp cấu hình sshd của "
        "deploy/node (AuthenticationMethods publickey) rồi chạy: systemctl reload ssh",
        "The node of cluster {cluster} also takes logins by: {ways}. Put the sshd settings of "
        "deploy/node in place again (AuthenticationMethods publickey), then: systemctl reload ssh",
    )


class NodeRunsCommands(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} cho tài khoản {user} chạy lệnh. Hãy cài lại tệp cấu hình sshd của "
        "deploy/node (ForceCommand internal-sftp) rồi chạy: systemctl reload ssh",
        "The node of cluster {cluster} lets account {user} run commands. Put the sshd settings of "
        "deploy/node in place again (ForceCommand internal-sftp), then: systemctl reload ssh",
    )


class NodeForwards(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} cho chuyển tiếp kết nối: {kinds}. Hãy cài lại tệp cấu hình sshd của "
        "deploy/node (DisableForwarding yes) rồi chạy: systemctl reload ssh",
        "The node of cluster {cluster} forwards connections: {kinds}. Put the sshd settings of "
        "deploy/node in place again (DisableForwarding yes), then: systemctl reload ssh",
    )


class NodeNotConfined(OperatorError):
    says = Bilingual(
        "Tài khoản trên máy chủ cụm {cluster} thấy được ngoài thư mục feed: {paths}. Hãy cài lại "
        "tệp cấu hình sshd của deploy/node (ChrootDirectory) rồi chạy: systemctl reload ssh",
        "The account on the node of cluster {cluster} sees more than the feed's folder: {paths}. "
        "Put the sshd settings of deploy/node in place again (ChrootDirectory), then: systemctl "
        "reload ssh",
    )


class NodeLacks(OperatorError):
    says = Bilingual(
        "Máy chủ SFTP của cụm {cluster} không có {what}: mất điện có thể làm hỏng tệp vừa gửi. Hãy "
        "dùng OpenSSH trên máy chủ đó.",
        "The SFTP server of cluster {cluster} has no {what}: a power cut may damage what was just "
        "sent. Use OpenSSH on that node.",
    )


class NodeFilesUnreadable(OperatorError):
    says = Bilingual(
        "Tệp gửi tới máy chủ cụm {cluster} thì dịch vụ phục vụ màn hình không đọc được. Hãy cài "
        "lại tệp cấu hình sshd của deploy/node (internal-sftp -u 0027) rồi chạy: systemctl reload "
        "ssh",
        "Files that arrive on the node of cluster {cluster} cannot be read by the service for the "
        "screens. Put the sshd settings of deploy/node in place again (internal-sftp -u 0027), "
        "then: systemctl reload ssh",
    )


class NodeOutboxClosed(OperatorError):
    says = Bilingual(
        "Trung tâm không xem hoặc không dọn được outbox/{screen} trên máy chủ cụm {cluster}. Hãy "
        "chạy lại deploy/node/install.sh trên máy chủ đó.",
        "The hub cannot list or clear outbox/{screen} on the node of cluster {cluster}. Run "
        "deploy/node/install.sh there again.",
    )


class NodeClockWrong(OperatorError):
    says = Bilingual(
        "Đồng hồ máy chủ cụm {cluster} lệch {seconds} giây so với trung tâm. Hãy bật đồng bộ giờ "
        "trên máy chủ đó: timedatectl set-ntp true",
        "The clock of the node of cluster {cluster} is {seconds} s off the hub's. Have it kept "
        "right there: timedatectl set-ntp true",
    )


class BadHostKey(OperatorError):
    says = Bilingual(
        "Mục node.host_key của cụm {cluster} không phải là khóa: {detail}. Hãy chép lại tại chỗ từ "
        "/etc/ssh/ssh_host_ed25519_key.pub của máy chủ cụm.",
        "node.host_key of cluster {cluster} is not a key: {detail}. Copy it again, on site, from "
        "the node's /etc/ssh/ssh_host_ed25519_key.pub.",
    )


class HubKeyUnreadable(OperatorError):
    says = Bilingual(
        "Không đọc được khóa SFTP {path}: {detail}. Hãy khôi phục tệp khóa từ bản sao lưu.",
        "The SFTP key {path} cannot be read: {detail}. Restore the key file from the backup.",
    )


class DeliveryUnderWay(OperatorError):
    says = Bilingual(
        "Đang có một tiến trình khác gửi tới cụm {cluster}. Không cần làm gì; nó tự làm tiếp.",
        "Another process is delivering to cluster {cluster}. Nothing needs doing; it goes on by "
        "itself.",
    )


class StoreDamaged(OperatorError):
    says = Bilingual(
        "Tệp {sha256} trong kho không còn đúng nội dung. Hãy khôi phục từ bản sao lưu.",
        "The file {sha256} in the store no longer has its content. Restore it from the backup.",
    )


class KeysMissing(OperatorError):
    says = Bilingual(
        "Chưa có khóa tại {path}. Hãy chạy: cluster-feed keys init --approver <tên> "
        "--approver <tên>",
        "There are no keys at {path}. Run: cluster-feed keys init --approver <name> --approver "
        "<name>",
    )


class KeysExist(OperatorError):
    says = Bilingual(
        "Đã có khóa tại {path}, có thể do lần tạo trước bị dở dang. Không ghi đè gì; hãy cất khóa "
        "cũ đi nơi khác rồi chạy lại.",
        "There is a key at {path}, perhaps of an attempt that was cut short. Nothing is "
        "overwritten; move the old key away and run it again.",
    )


class AlreadyFounded(OperatorError):
    says = Bilingual(
        "Feed tại {path} đã được lập và các màn hình đang tin khóa của nó. Không thay đổi gì.",
        "The feed at {path} is founded and screens trust its keys. Nothing was changed.",
    )


class BadPersonName(OperatorError):
    says = Bilingual(
        "“{name}” không dùng làm tên người được: chỉ dùng chữ thường không dấu, số và gạch "
        "nối, ví dụ nguyen-van-an.",
        "“{name}” cannot be a person's name: use lower-case letters without marks, digits and "
        "hyphens, such as nguyen-van-an.",
    )


class TooFewApprovers(OperatorError):
    says = Bilingual(
        "Chỉ có {people} người duyệt trong khi mỗi phiên bản cần {threshold} chữ ký. Hãy thêm "
        "người hoặc sửa trust.threshold.",
        "There are only {people} approvers while each edition needs {threshold} signatures. Name "
        "more people or change trust.threshold.",
    )


class WrongKey(OperatorError):
    says = Bilingual(
        "Khóa trực tuyến không phải là khóa mà feed tin cậy cho {role}. Hãy chạy lại “keys apply” "
        "nếu vừa đổi khóa, hoặc khôi phục keys/online.pem từ bản sao lưu.",
        "The online key is not the one that the feed trusts for {role}. Run “keys apply” again if "
        "keys were just changed, or restore keys/online.pem from the backup.",
    )


class ChangeOutdated(OperatorError):
    says = Bilingual(
        "Yêu cầu này được lập cho một trạng thái khác của feed (khóa gốc đang ở bản {live}). Hãy "
        "lập lại bằng “keys change”.",
        "This request was made for another state of the feed (root is at version {live}). Make it "
        "again with “keys change”.",
    )


class TrustExpires(OperatorError):
    says = Bilingual(
        "Khóa gốc và danh sách người duyệt hết hạn ngày {day}; sau đó màn hình không nhận bản mới. "
        "Hãy chạy “keys change” và xin hai lãnh đạo ký.",
        "The root keys and the list of approvers expire on {day}; after that screens take nothing "
        "new. Run “keys change” and have two leaders sign.",
    )


class ApproversGone(OperatorError):
    says = Bilingual(
        "Bản đang phát của cụm {cluster} chỉ còn {valid} chữ ký được tin cậy, cần {threshold}. Màn "
        "hình vẫn phát bản đã có nhưng không nhận gì mới. Hãy xin người duyệt ký {request} rồi "
        "chạy lại “keys apply”, hoặc phát hành phiên bản mới.",
        "The live edition of cluster {cluster} has only {valid} signatures that are still trusted; "
        "{threshold} are needed. Screens go on with what they have and take nothing new. Have "
        "approvers sign {request} and run “keys apply” again, or publish a new edition.",
    )


class NotDelegated(OperatorError):
    says = Bilingual(
        "Khóa gốc của feed chưa ủy quyền cho cụm {cluster}. Người giữ khóa gốc phải ký bổ sung.",
        "The feed's root keys have not delegated cluster {cluster}. Their holders must sign it in.",
    )


class NotTheClusters(OperatorError):
    says = Bilingual(
        "Nội dung đã ký không dùng được cho cụm {cluster}: {detail}. Không phát hành gì; hãy trả "
        "lại, lập lại và trình duyệt lại.",
        "What was signed cannot be cluster {cluster}'s: {detail}. Nothing was published; return "
        "it, assemble and submit it again.",
    )


class FeedDamaged(OperatorError):
    says = Bilingual(
        "Tệp {path} của feed bị thiếu hoặc hỏng. Hãy khôi phục từ bản sao lưu.",
        "The feed's file {path} is missing or damaged. Restore it from the backup.",
    )


class BrokenChain(OperatorError):
    says = Bilingual(
        "Chuỗi bản ghi bị đứt ở dòng {row}: {detail}. Hãy giữ nguyên tệp và báo người quản trị.",
        "The chain of records is broken at row {row}: {detail}. Leave the file as it is and tell "
        "the administrator.",
    )


class ReportUnreadable(OperatorError):
    says = Bilingual(
        "Báo cáo không đọc được: {detail}. Không tính gì; hãy kiểm tra máy chủ cụm và màn hình.",
        "The report cannot be read: {detail}. It counts nothing; check the node and the screen.",
    )


class ReportForged(OperatorError):
    says = Bilingual(
        "Báo cáo không mang chữ ký của thiết bị {device}: đã bị sửa hoặc bị giả. Không tính gì; "
        "hãy kiểm tra máy chủ cụm.",
        "The report does not carry the signature of device {device}: it was changed or made up. "
        "It counts nothing; check the node.",
    )


class DeviceRetired(OperatorError):
    says = Bilingual(
        "Thiết bị {device} đã ngừng dùng từ {since} mà vẫn báo lượt phát sau đó. Không tính; hãy "
        "kiểm tra xem ai đang giữ thiết bị.",
        "Device {device} was retired at {since} and reports plays after that. They do not count; "
        "find out who has the device.",
    )


class DeviceWaiting(OperatorError):
    says = Bilingual(
        "Thiết bị mới chờ xác nhận, mã {code}. Hãy hỏi người đứng tại màn hình mã mà “screen "
        "commission” đã in ra; nếu trùng cả mã, chạy: cluster-feed screens admit {screen} <mã> "
        "--as <tên>. Nếu không trùng, đó là thiết bị lạ.",
        "A new device waits to be admitted, code {code}. Ask whoever stands at the screen for the "
        "code that “screen commission” printed; if it is the same, run: cluster-feed screens admit "
        "{screen} <code> --as <name>. If it is not, the device is a stranger's.",
    )


class NoSuchDevice(OperatorError):
    says = Bilingual(
        "Màn hình {screen} chưa có thiết bị nào mang mã “{code}” báo về. Hãy đọc lại cả mã tại "
        "chỗ, hoặc chờ màn hình báo về rồi làm lại.",
        "No device with the code “{code}” has reported for screen {screen}. Read the whole code "
        "again on the spot, or wait until the screen has reported.",
    )


class NoSuchScreen(OperatorError):
    says = Bilingual(
        "Không có màn hình “{screen}”. Hãy viết <cụm>/<màn hình> như trong playlists/*.toml, ví dụ "
        "lao-bao/led.",
        "There is no screen “{screen}”. Write <cluster>/<screen> as in playlists/*.toml, such as "
        "lao-bao/led.",
    )


class ProofMissing(OperatorError):
    says = Bilingual(
        "{rows} dòng nhật ký phát chưa từng về tới ({ranges}); các dòng sau vẫn được tính. Hãy tìm "
        "tệp trong outbox của máy chủ cụm hoặc .handed của màn hình.",
        "{rows} rows of proof never arrived ({ranges}); later rows count all the same. Look for "
        "the files in the node's outbox or the screen's .handed folder.",
    )


class ClockWrong(OperatorError):
    says = Bilingual(
        "Đồng hồ của màn hình chỉ {clock} trong khi giờ đúng là {right}. Hãy chỉnh lại đồng hồ "
        "tại chỗ.",
        "The screen's clock says {clock} while it is {right}. Set it right on the spot.",
    )


class PackageInvalid(OperatorError):
    says = Bilingual(
        "Gói {package} không hợp lệ: {detail}.",
        "The package {package} is not valid: {detail}.",
    )


# --- The screen goes on with what it has -------------------------------------------------------


class FeedRefused(ScreenError):
    says = Bilingual(
        "Không nhận phiên bản mới vì chữ ký hoặc phiên bản không hợp lệ: {detail}",
        "The new edition was not taken, its signature or version is not right: {detail}",
    )


class FeedExpired(FeedRefused):
    says = Bilingual(
        "Không nhận bản mới vì chữ ký đã hết hạn. Hãy kiểm tra đồng hồ của màn hình, rồi xem trung "
        "tâm có còn gửi tới cụm không. (Máy báo: “{detail}”)",
        "Nothing new was taken: its signature has expired. Check the screen's clock, then whether "
        "the hub still delivers to the cluster. (The program said: “{detail}”)",
    )


class FeedRolledBack(FeedRefused):
    says = Bilingual(
        "Không nhận: nguồn đưa ra bản cũ hơn, hoặc các phần không cùng một bản. Máy chủ cụm hoặc "
        "USB có thể là bản sao cũ. (Máy báo: “{detail}”)",
        "Not taken: the source gives something older than what was already accepted, or parts "
        "that do not belong together. The node or the stick may be an old copy. (The program "
        "said: “{detail}”)",
    )


class FeedUnsigned(FeedRefused):
    says = Bilingual(
        "Không nhận: thiếu chữ ký của người có quyền duyệt. Nếu lặp lại, có người đang thử đưa nội "
        "dung chưa duyệt; hãy báo người quản trị. (Máy báo: “{detail}”)",
        "Not taken: those who must sign have not. If it returns, somebody is trying to show what "
        "was not approved; tell the administrator. (The program said: “{detail}”)",
    )


class FeedTampered(FeedRefused):
    says = Bilingual(
        "Không nhận: tệp ở nguồn không đúng với bản đã ký; tệp hỏng hoặc bị sửa. "
        "(Máy báo: “{detail}”)",
        "Not taken: a file at the source is not the one that was signed; it is damaged or was "
        "changed. (The program said: “{detail}”)",
    )


class FeedGarbled(FeedRefused):
    says = Bilingual(
        "Không nhận: một tệp ở nguồn không đọc được. Hãy gửi lại hoặc chép lại USB. "
        "(Máy báo: “{detail}”)",
        "Not taken: a file at the source makes no sense. Send it again, or copy the stick again. "
        "(The program said: “{detail}”)",
    )


class FeedOversized(FeedRefused):
    says = Bilingual(
        "Không nhận: nguồn gửi nhiều hơn mức cho phép. Máy chủ cụm có thể bị chiếm quyền. "
        "(Máy báo: “{detail}”)",
        "Not taken: the source sends more than is allowed. The node may be in wrong hands. "
        "(The program said: “{detail}”)",
    )


class FeedOfAnotherCluster(FeedRefused):
    says = Bilingual(
        "Không nhận: phiên bản này của cụm {theirs}, màn hình thuộc cụm {ours}. Hãy kiểm tra máy "
        "chủ cụm hoặc USB có bị nhầm không.",
        "Not taken: this edition is cluster {theirs}'s, the screen is {ours}'s. See whether nodes "
        "or sticks were mixed up.",
    )


class FeedUnreachable(ScreenError):
    says = Bilingual(
        "Không đọc được nguồn {source}: {detail}",
        "The source {source} cannot be read: {detail}",
    )


class FeedIncomplete(FeedUnreachable):
    says = Bilingual(
        "Nguồn {source} thiếu một tệp phải có: chép chưa hết, hoặc là của cụm khác. Hãy gửi lại. "
        "(Máy báo: “{detail}”)",
        "The source {source} lacks a file that must be there: it was not copied whole, or is "
        "another cluster's. Send it again. (The program said: “{detail}”)",
    )


class FeedStale(ScreenError):
    says = Bilingual(
        "Trung tâm không ký gì mới cho màn hình này từ {since}. Nội dung hiện có vẫn phát. Hãy xem "
        "máy chủ cụm có giữ lại bản cũ không, hoặc đồng hồ màn hình có sai không.",
        "The hub has signed nothing new for this screen since {since}. What there is goes on "
        "playing. See whether the node keeps giving an old copy, or the screen's clock is wrong.",
    )


class BlobRefused(ScreenError):
    says = Bilingual(
        "Nguồn đưa tệp {name} không đúng với bản đã ký nên không nhận: {detail}",
        "The source gave a file {name} that is not what was signed; it was not taken: {detail}",
    )


class BlobDamaged(ScreenError):
    says = Bilingual(
        "Tệp {name} bị hỏng trên ổ đĩa của màn hình nên không phát; màn hình tự tải lại: {detail}",
        "The file {name} broke on the screen's own disk and is not played; the screen fetches it "
        "again: {detail}",
    )


class ScreenFull(ScreenError):
    says = Bilingual(
        "Màn hình chỉ còn {free}, cần {needed}; tiếp tục phát nội dung hiện có.",
        "The screen has only {free} left; {needed} are needed; it goes on with what it has.",
    )


class PlayerFailed(ScreenError):
    says = Bilingual(
        "Trình phát không phát được {name}: {detail}",
        "The player could not play {name}: {detail}",
    )


class NotCommissioned(ScreenError):
    says = Bilingual(
        "Màn hình chưa được thiết lập tin cậy tại {path}: {detail}. Hãy nạp lại khóa gốc tại chỗ.",
        "The screen's trust at {path} is not set up: {detail}. Commission it again on site.",
    )


class ScreenDiskFailed(ScreenError):
    says = Bilingual(
        "Ổ đĩa của màn hình bị lỗi tại {path}: {detail}. Hãy kiểm tra hoặc thay ổ đĩa.",
        "The screen's disk failed at {path}: {detail}. Check or replace it.",
    )


class ProofRefused(ScreenError):
    says = Bilingual(
        "Máy chủ cụm không nhận tệp nhật ký phát {name}: {detail}. Hãy báo người quản trị.",
        "The node did not take the proof of play {name}: {detail}. Tell the administrator.",
    )

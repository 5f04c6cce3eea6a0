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
        "Cần người khác ký duyệt.",
        "Cluster {cluster} has {valid} valid approvers' signatures; {threshold} are needed. "
        "Another person must sign.",
    )


class ReasonNeeded(ReviewError):
    says = Bilingual(
        "Cần ghi lý do khi trả lại hoặc thu hồi phiên bản phát {edition}.",
        "Say why edition {edition} is returned or withdrawn.",
    )


class AlreadyPublished(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đã phát hành. Muốn gỡ nội dung, hãy lập và duyệt một phiên bản "
        "khẩn không có nội dung đó.",
        "Edition {edition} is published. To take something off the screens, assemble and approve "
        "an urgent edition without it.",
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


class Superseded(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} (số {number}) cũ hơn bản đang phát (số {live}). "
        "Hãy trả lại, lập lại và trình duyệt lại.",
        "Edition {edition} (number {number}) is older than the one live (number {live}). "
        "Return it, assemble and submit it again.",
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
        "Đã có khóa tại {path} mà chưa có feed: lần tạo khóa trước bị dở dang. Không ghi đè gì; "
        "hãy cất thư mục khóa đi rồi chạy lại.",
        "There are keys at {path} but no feed: an earlier ceremony was cut short. Nothing is "
        "overwritten; move the folder of keys away and run it again.",
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
        "Khóa trực tuyến không phải là khóa mà feed tin cậy cho {role}. Hãy khôi phục "
        "keys/online.pem từ bản sao lưu.",
        "The online key is not the one that the feed trusts for {role}. Restore keys/online.pem "
        "from the backup.",
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


class FeedUnreachable(ScreenError):
    says = Bilingual(
        "Không đọc được nguồn {source}: {detail}",
        "The source {source} cannot be read: {detail}",
    )


class BlobRefused(ScreenError):
    says = Bilingual(
        "Tệp {name} không đúng nội dung đã duyệt nên không phát: {detail}",
        "The file {name} is not what was approved and is not played: {detail}",
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

"""Why a screen did not take or show something: it goes on with what it has."""

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors.reason import ScreenError


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


class PlaylistDamaged(ScreenError):
    says = Bilingual(
        "Danh sách phát trên ổ đĩa của màn hình bị hỏng hoặc bị sửa nên không phát; lần tải sau sẽ "
        "ghi lại. Nếu lặp lại, hãy thay ổ đĩa. (Máy báo: “{detail}”)",
        "The playlist on the screen's own disk broke, or was changed, and is not played; the next "
        "pull mends it. If it returns, replace the disk. (The program said: “{detail}”)",
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


class PictureDiffers(ScreenError):
    says = Bilingual(
        "Hình trên màn hình không giống nội dung đang phát ({asset}, lệch {difference}/255). Hãy "
        "xem tận nơi, hoặc xem ảnh chụp màn hình.",
        "What is on the screen is not like the entry that plays ({asset}, {difference} of 255 "
        "apart). Look at it on site, or at the picture of the screen.",
    )


class NotCommissioned(ScreenError):
    says = Bilingual(
        "Màn hình chưa được thiết lập tin cậy tại {path}: {detail}. Hãy nạp lại khóa gốc tại chỗ.",
        "The screen's trust at {path} is not set up: {detail}. Commission it again on site.",
    )


class NeverCommissioned(NotCommissioned):
    says = Bilingual(
        "Màn hình chưa từng được thiết lập tin cậy tại {path}, nên không báo về. Hãy xem state "
        "trong screen.toml có đúng không và phân vùng của nó có được gắn không; nếu là màn hình "
        "mới, hãy chạy deploy/screen/install.sh.",
        "No trust was ever set up at {path}, so nothing is reported. See whether state in "
        "screen.toml is right and its partition is mounted; on a new screen run "
        "deploy/screen/install.sh.",
    )


class TrustOutdated(NotCommissioned):
    says = Bilingual(
        "Khóa tin cậy của màn hình tại {path} do phiên bản phần mềm cũ tạo ra. Hãy chạy lại "
        "deploy/screen/install.sh tại chỗ: khóa của thiết bị và các tệp vẫn giữ nguyên.",
        "The screen's trust at {path} was made by an older version of the program. Run "
        "deploy/screen/install.sh again on site: the device's key and the files stay.",
    )


class CopyDamaged(ScreenError):
    says = Bilingual(
        "Một trong hai bản của {path} trên ổ đĩa màn hình bị hỏng; màn hình dùng bản còn lại và "
        "ghi lại bản hỏng. Nếu lặp lại, hãy thay ổ đĩa. (Máy báo: “{detail}”)",
        "One of the two copies of {path} on the screen's disk was damaged; the other counts and is "
        "written in its place. If it returns, replace the disk. (The program said: “{detail}”)",
    )


class CopiesLost(ScreenError):
    says = Bilingual(
        "Cả hai bản của {path} trên ổ đĩa màn hình đều hỏng; màn hình chỉ tin những gì còn kiểm "
        "tra được và kiểm tra lại tất cả ở lần tải sau. Hãy thay ổ đĩa. (Máy báo: “{detail}”)",
        "Both copies of {path} on the screen's disk are damaged; the screen keeps to what it can "
        "still verify, and verifies all anew at its next pull. Replace the disk. (The program "
        "said: “{detail}”)",
    )


class ScreenDiskFailed(ScreenError):
    says = Bilingual(
        "Ổ đĩa của màn hình bị lỗi tại {path}: {detail}. Hãy kiểm tra hoặc thay ổ đĩa.",
        "The screen's disk failed at {path}: {detail}. Check or replace it.",
    )


class PlaysLost(ScreenError):
    says = Bilingual(
        "{count} lượt phát không ghi lại được: ổ đĩa của màn hình đầy, hoặc lỗi, quá lâu.",
        "{count} turns could not be written down: the screen's disk was full, or failed, for too "
        "long.",
    )


class ProofRefused(ScreenError):
    says = Bilingual(
        "Máy chủ cụm không nhận tệp nhật ký phát {name}: {detail}. Hãy báo người quản trị.",
        "The node did not take the proof of play {name}: {detail}. Tell the administrator.",
    )

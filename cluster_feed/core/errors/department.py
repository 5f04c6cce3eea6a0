"""Why an act on an edition, a notice or a key was refused: the department acts."""

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors.reason import ReviewError


class NotOnTheRoad(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đang ở trạng thái “{state}”, không thể “{act}”.",
        "Edition {edition} is “{state}”; it cannot be: {act}.",
    )


class NotSubmitted(NotOnTheRoad):
    says = Bilingual(
        "Phiên bản phát {edition} còn là bản nháp, chưa ký được. Hãy trình trước: "
        "cluster-feed submit {edition} --as <người trình>",
        "Edition {edition} is a draft and cannot be signed yet. Submit it first: "
        "cluster-feed submit {edition} --as <who submits>",
    )


class OwnSubmission(ReviewError):
    says = Bilingual(
        "{person} đã trình phiên bản phát {edition}, hoặc đã soạn thông báo của nó, nên không "
        "được tự duyệt. Cần người khác duyệt.",
        "{person} submitted edition {edition}, or prepared its notice, and cannot approve it. "
        "Another person must.",
    )


class ApprovedTwice(ReviewError):
    says = Bilingual(
        "{person} đã duyệt phiên bản phát {edition} rồi. Cần chữ ký của người khác.",
        "{person} has already approved edition {edition}. The signature of another is needed.",
    )


class ChangedSinceSeen(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} đã thay đổi từ khi xem. "
        "Chưa ghi gì cả. Hãy xem lại bản hiện tại rồi làm tiếp.",
        "Edition {edition} has changed since it was looked at. "
        "Nothing was kept. Look at it as it is now, then go on.",
    )


class NotDeclared(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} có nội dung không còn cam kết không chứa bí mật nhà nước: "
        "{assets}. Hãy lập lại phiên bản không có nội dung đó; bản đã trình thì trả lại trước.",
        "Edition {edition} shows what is no longer declared free of state secrets: {assets}. "
        "Assemble it again without that; where it is submitted, return it first.",
    )


class NotAnApprover(ReviewError):
    says = Bilingual(
        "{person} không có khóa duyệt trong danh sách người duyệt của feed.",
        "{person} has no approver's key in the feed's list of approvers.",
    )


class WrongPassphrase(ReviewError):
    says = Bilingual(
        "Mật khẩu khóa ký của “{person}” không đúng; chưa ký gì cả. Hãy nhập lại. Chắc chắn đúng "
        "mà vẫn vậy: tệp khóa đã hỏng, hãy báo người vận hành.",
        "The passphrase of {person}'s key is wrong; nothing was signed. Enter it again. If it is "
        "certainly right, the key file is damaged: tell the operator.",
    )


class WeakPassphrase(ReviewError):
    says = Bilingual(
        "Mật khẩu khóa của {person} quá ngắn; cần ít nhất {least} ký tự.",
        "The passphrase of {person}'s key is too short; at least {least} characters are needed.",
    )


class KeyNotHere(ReviewError):
    says = Bilingual(
        "Khóa duyệt của {person} không nằm trên máy này. Hãy ký trên máy giữ khóa: “cluster-feed "
        "{request}” ghi ra tệp cần ký, “cluster-feed sign” ký tệp đó trên máy kia, rồi "
        "“cluster-feed {approve} --signature <tệp .sig.json>” ở máy này.",
        "The approver's key of {person} is not on this machine. Sign where the key is: "
        "“cluster-feed {request}” writes what is to be signed, “cluster-feed sign” signs that file "
        "there, then “cluster-feed {approve} --signature <the .sig.json file>” here.",
    )


class OtherKeyHere(NotAnApprover):
    says = Bilingual(
        "Tệp {path} không phải là khóa duyệt đang được tin cậy của {person}. Nếu khóa đã thay và "
        "khóa mới ở máy khác, hãy xóa tệp cũ này rồi ký trên máy giữ khóa.",
        "The file {path} is not the approver's key that is trusted for {person}. If the key was "
        "replaced and the new one is elsewhere, delete this old file and sign where the key is.",
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


class SignedElsewhereOnly(ReviewError):
    says = Bilingual(
        "Khóa duyệt của {person} nằm ở máy trung tâm, mà mật khẩu khóa không gửi qua API. Hãy ký "
        "trên bàn làm việc, hoặc gửi chữ ký làm ở máy khác.",
        "The key of {person} is on the hub, and its passphrase is never sent over the API. Sign at "
        "the desk, or send a signature made elsewhere.",
    )


class BadRequest(ReviewError):
    says = Bilingual(
        "Không ký và không nhận: {path} không phải là yêu cầu ký đúng ({detail}). Hãy xin lại tệp "
        "từ máy trung tâm.",
        "Nothing is signed or taken: {path} is not a sound request ({detail}). Ask for the file "
        "again from the hub.",
    )


class OtherMedia(ReviewError):
    says = Bilingual(
        "Không ký: {file}: {detail}. Đừng xem thay cho nội dung sẽ ký. Hãy xin lại cả thư mục bằng "
        "“cluster-feed request … --media”; nếu vẫn sai, máy trung tâm có thể đã bị chiếm: báo "
        "người quản trị.",
        "Nothing is signed: {file}: {detail}. Do not look at it in place of what would be signed. "
        "Ask for the whole folder again with “cluster-feed request … --media”; if it is still "
        "wrong, the hub may be in other hands: tell the administrator.",
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


class OtherRoot(ReviewError):
    says = Bilingual(
        "Không ký: yêu cầu {request} không đổi từ trạng thái mà các lãnh đạo đã ký, theo bản gốc "
        "(bản {version}) của lãnh đạo. Máy trung tâm có thể đã bị chiếm: hãy so với tờ giấy và gọi "
        "cho các lãnh đạo khác. Nếu từ đó đã thay hai khóa gốc thì cần bản gốc mới hơn.",
        "Nothing is signed: request {request} does not start from what leaders have signed, as the "
        "leader's own copy of root (version {version}) tells. The hub may be in other hands: "
        "compare with the paper and call the other leaders. If two root keys were replaced since, "
        "a newer copy is needed.",
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
        "“{name}” đã trình hoặc đã duyệt (chữ ký: {people}); sửa sẽ làm mất hiệu lực. "
        "Nếu vẫn muốn: trả lại rồi sửa, hoặc thêm --again vào lệnh.",
        "“{name}” is submitted or approved (signatures: {people}); to change it would void "
        "that. If this is meant: return it first, or add --again to the command.",
    )


class MadeFromWhatIsLive(ReviewError):
    says = Bilingual(
        "Phiên bản {edition} lập từ bản đang phát, không sửa được. Hãy trả lại rồi ra lại lệnh.",
        "Edition {edition} was made from what is live and cannot be changed. Return it and give "
        "the command again.",
    )


class NothingLeft(ReviewError):
    says = Bilingual(
        "Danh sách phát của cụm {cluster} phải còn ít nhất một nội dung.",
        "The playlist of cluster {cluster} must keep at least one entry.",
    )


class NoSuchDaypart(ReviewError):
    says = Bilingual(
        "Cụm {cluster} không có khung giờ “{daypart}”.",
        "Cluster {cluster} has no daypart “{daypart}”.",
    )


class NotDropped(ReviewError):
    says = Bilingual(
        "Bản nháp {edition} là của tháng, không bỏ được. Hãy lập lại với --without.",
        "The draft {edition} is the month's own and cannot be dropped. Assemble it again with "
        "--without.",
    )


class CaptionMarked(ReviewError):
    says = Bilingual(
        "Chú thích có dấu chỉ độ mật “{marking}” ở mục “{field}” nên không được lưu. Nếu nội dung "
        "có bí mật nhà nước, hãy báo ngay người phụ trách; nếu không, hãy viết cách khác.",
        "The caption has a secrecy marking “{marking}” in “{field}” and was not saved. If there is "
        "a state secret, tell the person responsible now; if not, write it otherwise.",
    )


class CaptionChanged(ReviewError):
    says = Bilingual(
        "{person} vừa sửa chú thích của “{name}” trong lúc bạn đang viết. Hãy mở lại trang, xem "
        "phần đã sửa rồi ghi tiếp.",
        "{person} has just changed the caption of “{name}” while you were writing. Open the page "
        "again, look at what was changed, then go on.",
    )


class WouldBar(ReviewError):
    says = Bilingual(
        "“{name}” đang nằm trong phiên bản phát {editions}. Bỏ cam kết không chứa bí mật nhà nước "
        "thì bản duyệt đó không phát hành được nữa. Nếu vẫn muốn, hãy xác nhận (--again).",
        "“{name}” is in edition {editions}. Without the declaration that it holds no state secret "
        "what was approved cannot go out. If this is meant, confirm it (--again).",
    )


class AssetWithdrawn(ReviewError):
    says = Bilingual(
        "Phiên bản phát {edition} có nội dung đã thu hồi: {assets}. Hãy lập lại phiên bản không có "
        "nội dung đó; bản đã trình thì trả lại trước.",
        "Edition {edition} shows what was withdrawn: {assets}. Make it again without that; where "
        "it is submitted, return it first.",
    )


class CannotReplace(ReviewError):
    says = Bilingual(
        "Không thay được “{old}” bằng “{new}”: {detail}.",
        "“{new}” cannot take the place of “{old}”: {detail}.",
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


class NoSuchPackage(ReviewError):
    says = Bilingual(
        "Không có gói “{package}” cho Vietnam.vn. Xem các gói: cluster-feed package list.",
        "There is no package “{package}” for Vietnam.vn. See them: cluster-feed package list.",
    )


class NotMadeForPortal(ReviewError):
    says = Bilingual(
        "Gói cho Vietnam.vn của phiên bản phát {edition} còn chờ bản sao dành cho cổng của: "
        "{assets}. Gói được lập khi có đủ; nếu chờ lâu, nhờ quản trị viên xem cluster-feed run "
        "có đang chạy không.",
        "The package for Vietnam.vn of edition {edition} waits for the portal's copies of: "
        "{assets}. It is made once they are there; if that takes long, ask the operator whether "
        "cluster-feed run is at work.",
    )


class BadReceipt(ReviewError):
    says = Bilingual(
        "Chưa ghi: {detail}.",
        "Nothing was noted: {detail}.",
    )


class NothingToPaper(ReviewError):
    says = Bilingual(
        "Chưa lập được “{paper}”: {span} không có gì để ghi. Hãy chọn kỳ khác.",
        "“{paper}” cannot be drawn up: {span} has nothing for it. Choose other days.",
    )


class TemplateBroken(ReviewError):
    says = Bilingual(
        "Mẫu {path} không dùng được ({detail}). Người sửa mẫu hãy mở lại bằng Word và sửa chỗ đó, "
        "hoặc xóa tệp để dùng lại mẫu gốc.",
        "The template {path} cannot be used ({detail}). Whoever changed it should mend that in "
        "Word, or delete the file to use the original again.",
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


class NoticeSignedOtherwise(ReviewError):
    says = Bilingual(
        "Chữ ký của {person} không phải cho thông báo {notice} như hiện nay. Hãy ghi lại yêu cầu "
        "bằng “cluster-feed notice request {notice}”, xem rồi ký tệp đó.",
        "The signature of {person} is not for the notice {notice} as it is now. Write the request "
        "again with “cluster-feed notice request {notice}”, look at it, and sign that file.",
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
        "Hãy duyệt trước: cluster-feed notice approve {notice} --as <người duyệt>",
        "The notice {notice} has {valid} valid signatures; {threshold} are needed. Approve it "
        "first: cluster-feed notice approve {notice} --as <an approver>",
    )


class EndNeeded(ReviewError):
    says = Bilingual(
        "Cần giờ kết thúc của thông báo {notice}, sau lúc này và trong vòng {days} ngày, "
        "ví dụ “2026-11-22 18:00”.",
        "The notice {notice} needs an end, later than now and within {days} days, such as "
        "“2026-11-22 18:00”.",
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

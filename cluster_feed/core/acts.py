"""The acts of the audit log in the words of people."""

from collections.abc import Mapping
from typing import Final

from cluster_feed.core.bilingual import Bilingual, alike

ACTS: Final[Mapping[str, Bilingual]] = {
    # what comes in
    "admit": Bilingual("nhận nội dung", "took an asset in"),
    "refuse": Bilingual("trả lại tệp", "refused a file"),
    "caption": Bilingual("ghi chú thích", "wrote a caption"),
    "upload": Bilingual("tải tệp lên", "uploaded a file"),
    "acknowledge": Bilingual("đã xem tệp bị trả lại", "has seen a refusal"),
    "replace": Bilingual("thay bằng bản đúng", "put a correct one in the place of"),
    "normalize": Bilingual("tạo bản phát cho màn hình", "made a rendition"),
    "hurry": Bilingual("cho làm bản phát trước", "let its renditions go first"),
    # an edition's road
    "assemble": Bilingual("lập phiên bản phát", "drafted an edition"),
    "submit": Bilingual("trình duyệt", "submitted for approval"),
    "sign": Bilingual("ký duyệt", "signed"),
    "approve": Bilingual("ký duyệt, đủ chữ ký", "signed, the last that was needed"),
    "return": Bilingual("trả lại để sửa", "returned to be changed"),
    "arrange": Bilingual("xếp lại danh sách phát", "arranged the playlist"),
    "leave-out": Bilingual("bỏ nội dung khỏi bản nháp", "left an asset out"),
    "take-in": Bilingual("đưa nội dung vào bản nháp", "took an asset in again"),
    "follow-rules": Bilingual("lập lại theo quy tắc của cụm", "followed the cluster's rules again"),
    "drop": Bilingual("bỏ bản nháp", "dropped a draft"),
    "derive": Bilingual("lập bản khẩn từ bản đang phát", "made an edition from what is live"),
    "publish": Bilingual("phát hành", "published"),
    "publish-refused": Bilingual("chưa phát hành được", "could not publish"),
    "withdraw": Bilingual("thu hồi phiên bản phát", "withdrew an edition"),
    "withdraw-asset": Bilingual("thu hồi nội dung", "withdrew an asset"),
    "lift-withdrawal": Bilingual("cho phát lại nội dung", "let an asset be shown again"),
    "syndicate": Bilingual("đóng gói cho Vietnam.vn", "made a package for Vietnam.vn"),
    "ask-make": Bilingual("yêu cầu lập gói cho", "asked for a package for"),
    "ask-check": Bilingual("yêu cầu kiểm tra gói", "asked to have a package checked"),
    "ask-hand-over": Bilingual("yêu cầu chuyển gói", "asked to have a package handed over"),
    "take-package": Bilingual("tải gói về", "took a package away"),
    "hand-over": Bilingual("chép gói để gửi Bộ", "handed a package over"),
    "package-sent": Bilingual("ghi công văn gửi gói", "noted that a package was sent"),
    "package-posted": Bilingual("ghi địa chỉ trên Vietnam.vn", "noted an address on Vietnam.vn"),
    "put-template": Bilingual("nộp mẫu văn bản", "put in a paper's template"),
    "drop-template": Bilingual("dùng lại mẫu có sẵn của", "went back to the product's template of"),
    # the clock
    "remind-deadline": Bilingual("gửi thư nhắc", "mailed a reminder"),
    "mail-failed": Bilingual("chưa gửi được thư nhắc", "could not mail a reminder"),
    "cut_off": Bilingual("đến giờ chốt nội dung", "reached the cut-off"),
    "remind": Bilingual("nhắc việc", "reminded"),
    "push": Bilingual("đến giờ phát hành", "reached the time to go out"),
    "overtaken": Bilingual("bỏ qua việc của kỳ đã hết", "let a past month's task go"),
    # notices
    "prepare-notice": Bilingual("soạn thông báo khẩn", "prepared a notice"),
    "approve-notice": Bilingual("ký trước thông báo khẩn", "approved a notice ahead"),
    "release-notice": Bilingual("phát thông báo khẩn", "released a notice"),
    "end-notice": Bilingual("kết thúc thông báo khẩn", "ended a notice"),
    # gates
    "deliver": Bilingual("gửi xong tới cụm", "delivered to the cluster"),
    "deliver-failed": Bilingual("chưa gửi được tới cụm", "could not serve the cluster"),
    "reach": Bilingual("cụm liên lạc lại được", "reached the cluster again"),
    "send-again": Bilingual("gửi lại tệp hỏng", "sent a damaged file again"),
    "collect-garbage": Bilingual("dọn tệp không còn dùng ở cụm", "removed what nobody needs"),
    "stop-cluster": Bilingual("ngừng phục vụ cụm", "took the cluster out of service"),
    "start-cluster": Bilingual("phục vụ lại cụm", "put the cluster back in service"),
    "admit-screen": Bilingual("xác nhận thiết bị màn hình", "admitted a screen's device"),
    "retire-screen": Bilingual("ngừng dùng thiết bị màn hình", "retired a screen's device"),
    "refuse-proof": Bilingual("không nhận nhật ký phát", "refused proof of play"),
    "miss-proof": Bilingual("thấy thiếu nhật ký phát", "found proof of play missing"),
    # keys
    "commission": Bilingual("lập khóa tin cậy", "founded the feed's trust"),
    "trust-change": Bilingual("đổi khóa tin cậy", "changed who is trusted"),
    "trust-request": Bilingual("yêu cầu đổi khóa tin cậy", "asked for a change of trust"),
    "new-ssh": Bilingual("đổi khóa SSH của máy trung tâm", "changed the hub's SSH key"),
    # people
    "invite": Bilingual("mời vào bàn làm việc", "invited to the desk"),
    "come-in": Bilingual("nhận lời mời, đặt mật khẩu", "accepted the invitation"),
    "second-factor": Bilingual("đặt lớp bảo vệ thứ hai", "set up a second factor"),
    "sign-in": Bilingual("đăng nhập", "signed in"),
    "change-password": Bilingual("đổi mật khẩu", "changed the password"),
    "make-token": Bilingual("tạo mã truy cập cho chương trình", "made a program's token"),
    "revoke-token": Bilingual("thu lại mã truy cập", "revoked a program's token"),
    "show-out": Bilingual("ngừng quyền vào", "ended the access of"),
}
"""What was done; who did it stands before, to what behind."""

_FACTS: Final[Mapping[str, Bilingual]] = {
    "reason": Bilingual("lý do", "reason"),
    "fingerprint": Bilingual("mã nội dung", "fingerprint"),
    "name": Bilingual("tên", "name"),
    "by": Bilingual("bởi", "by"),
    "prepared_by": Bilingual("người chuẩn bị", "prepared by"),
    "replaced_by": Bilingual("bản đúng", "the correct one"),
    "role": Bilingual("phần việc", "part"),
    "device": Bilingual("thiết bị", "device"),
    "rows": Bilingual("các dòng", "rows"),
    "path": Bilingual("tệp", "file"),
    "file": Bilingual("tệp", "file"),
    "version": Bilingual("bản", "version"),
    "number": Bilingual("số", "number"),
    "edition": Bilingual("phiên bản phát", "edition"),
    "blobs": Bilingual("số tệp", "files"),
    "byte_count": Bilingual("số byte", "bytes"),
    "profile": Bilingual("hồ sơ hiển thị", "display profile"),
    "assets": Bilingual("nội dung", "assets"),
    "until": Bilingual("đến", "until"),
    "letter": Bilingual("công văn", "letter"),
    "on": Bilingual("ngày", "day"),
    "way": Bilingual("cách gửi", "way"),
    "url": Bilingual("địa chỉ", "address"),
    "asset": Bilingual("nội dung", "asset"),
    "cluster": Bilingual("cụm", "cluster"),
    "changed": Bilingual("đã sửa", "changed"),
    "count": Bilingual("số tệp", "files"),
    "files": Bilingual("các tệp", "files"),
    "package": Bilingual("gói", "package"),
    "withdrawn": Bilingual("số mục gỡ", "withdrawn items"),
    "held": Bilingual("số mục thiếu, không vào gói", "items that lack something and stay out"),
    "words": Bilingual("mã lời gửi Vietnam.vn", "hash of the words for Vietnam.vn"),
    "lacking_for_portal": Bilingual("còn thiếu cho Vietnam.vn", "incomplete for Vietnam.vn"),
    "lifted": Bilingual("cho phát lại", "may be shown again"),
    "elsewhere": Bilingual("ký ở máy giữ khóa", "signed where the key is"),
    "keyid": Bilingual("mã khóa", "key"),
    "public": Bilingual("khóa công khai", "public key"),
    "token": Bilingual("mã truy cập", "token"),
    "request": Bilingual("mã yêu cầu ký", "request"),
    "changes": Bilingual("thay đổi", "changes"),
    "signed_by": Bilingual("người ký", "signed by"),
    "without_approval": Bilingual("cụm chưa đủ chữ ký", "clusters without approval"),
    "sha256": Bilingual("mã tệp", "file's hash"),
    "code": Bilingual("mã lý do", "code of the reason"),
    "days_before": Bilingual("trước (ngày)", "days before"),
    "people": Bilingual("những người", "people"),
    "threshold": Bilingual("số chữ ký cần", "signatures needed"),
    "decision": Bilingual("cách làm", "decision"),
    "decision_vi": Bilingual("cách làm (tiếng Việt)", "decision in Vietnamese"),
    "ffmpeg": Bilingual("ffmpeg của trung tâm", "the hub's ffmpeg"),
    "metadata": Bilingual("siêu dữ liệu", "metadata"),
    "parts": Bilingual("tệp dở dang", "parts"),
    "timestamp": Bilingual("bản tin tức thời", "timestamp"),
}


def in_words(act: str) -> Bilingual:
    """Say an act; one that has no words here is its own."""
    return ACTS.get(act) or alike(act)


def fact_in_words(name: str) -> Bilingual:
    """Say what a fact is."""
    return _FACTS.get(name) or alike(name)

"""What is wrong with a call of the API: whoever wrote the program acts."""

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors.reason import CallError


class TokenNeeded(CallError):
    says = Bilingual(
        "Cần một khóa truy cập còn hạn: Authorization: Bearer … Khóa được tạo ở trang tài khoản.",
        "A token that is in force is needed: Authorization: Bearer … It is made on the account "
        "page.",
    )


class TooManyTokens(CallError):
    says = Bilingual(
        "Quá nhiều khóa truy cập sai từ địa chỉ này. Hãy kiểm tra khóa và thử lại sau {minutes} "
        "phút.",
        "Too many wrong tokens from this address. Check the token and try again in {minutes} "
        "minutes.",
    )


class NotYourPart(CallError):
    says = Bilingual(
        "Phần việc của {person} không gồm việc này.", "This is not part of what {person} does."
    )


class NoSuchAddress(CallError):
    says = Bilingual("Không có gì ở địa chỉ này.", "There is nothing at this address.")


class WrongMethod(CallError):
    says = Bilingual("Địa chỉ này chỉ nhận: {known}.", "This address takes only: {known}.")


class BodyTooLarge(CallError):
    says = Bilingual("Nội dung gửi lên quá lớn.", "What was sent is too large.")


class WrongType(CallError):
    says = Bilingual("Hãy gửi {wanted}.", "Send {wanted}.")


class NotUnderstood(CallError):
    says = Bilingual(
        "Không hiểu lời gọi: {problem}. {advice}.",
        "The call is not understood: {problem}. {advice}.",
    )


class IfMatchNeeded(CallError):
    says = Bilingual(
        "Hãy gửi If-Match với ETag của lần đọc vừa rồi, để không ghi đè việc của người khác.",
        "Send If-Match with the ETag of what you read, lest another's work be overwritten.",
    )


class Broken(CallError):
    says = Bilingual(
        "Bàn làm việc gặp lỗi; hãy báo người vận hành xem nhật ký máy chủ.",
        "The desk has failed; tell the operator to look at the server's log.",
    )

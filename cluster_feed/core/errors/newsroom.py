"""Why an asset was not admitted: the newsroom acts."""

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors.reason import Refusal


class UnknownMedia(Refusal):
    says = Bilingual(
        "Tệp không phải là video hay ảnh mà màn hình phát được (“{detail}”). "
        "Hãy xuất lại thành MP4, MOV, MXF, JPEG hoặc PNG rồi thả lại.",
        "The file is not a clip or a photo that a screen can show (“{detail}”). "
        "Export it again as MP4, MOV, MXF, JPEG or PNG and drop it again.",
    )


class DamagedMedia(Refusal):
    says = Bilingual(
        "Tệp bị hỏng hoặc chép chưa hết. Hãy chép lại từ bản gốc.",
        "The file is damaged or was not copied whole. Copy it again from the original.",
    )


class UnreadablePhoto(DamagedMedia):
    says = Bilingual(
        "Không đọc được ảnh {format} này: kiểu lưu hiếm gặp, hoặc tệp bị hỏng. Hãy mở bằng phần "
        "mềm ảnh rồi xuất lại thành JPEG hoặc PNG.",
        "This {format} photo cannot be read: it is stored in an unusual way, or damaged. Open it "
        "in a photo program and export it again as JPEG or PNG.",
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


class ChangesStreams(Refusal):
    says = Bilingual(
        "Bản ghi chuyển sang luồng {what} khác ở giây {at}, nên phần sau sẽ mất. "
        "Hãy xuất lại thành một tệp MP4 liền từ bản dựng gốc.",
        "The recording goes on in another {what} stream from second {at}, so that the rest would "
        "be lost. Export it again as one MP4 from the original edit.",
    )


class ClockJumps(Refusal):
    says = Bilingual(
        "Đồng hồ của bản ghi nhảy ở giây {at} (ghép từ nhiều bản, hoặc mất tín hiệu), nên hình và "
        "tiếng có thể lệch nhau. Hãy xuất lại thành một tệp MP4 liền từ bản dựng gốc.",
        "The recording's clock jumps at second {at} (it was joined of several, or lost its "
        "signal), so that picture and sound may come apart. Export it again as one MP4 from the "
        "original edit.",
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


class NeedsTooMuchMemory(Refusal):
    says = Bilingual(
        "Ảnh {measured} lưu theo cách này cần hơn {limit} bộ nhớ để mở. Hãy xuất lại nhỏ hơn, hoặc "
        "thành JPEG thường (không “progressive”).",
        "A photo of {measured} stored in this way needs more than {limit} of memory to open. "
        "Export it smaller, or as a plain JPEG (not progressive).",
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
        "Đây là thư mục, lối tắt hoặc thiết bị, không phải tệp. Hãy đưa chính tệp video hoặc ảnh.",
        "This is a folder, a link or a device, not a file. Give the clip or photo itself.",
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


class CaptionClosed(Refusal):
    says = Bilingual(
        "Chú thích của “{name}” do Sở giữ, hoặc đã trình trong một phiên bản phát, nên tòa soạn "
        "không sửa được nữa. Hãy báo Sở phần cần sửa.",
        "The caption of “{name}” is the department's by now, or was submitted in an edition, so "
        "that the newsroom cannot change it. Tell the department what to put right.",
    )


class NameRefused(Refusal):
    says = Bilingual(
        "Không nhận tệp có tên “{name}”: đó là tên của tệp tạm hoặc tệp hệ thống. Hãy đổi tên rồi "
        "gửi lại.",
        "A file of the name “{name}” is not taken: such are temporary files and a system's own. "
        "Rename it and send it again.",
    )

"""What is wrong with the hub, a node, the keys or a report: the operator acts."""

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors.reason import OperatorError


class BadDocument(OperatorError):
    says = Bilingual(
        "{path}, dòng {line}: {problem}. {advice}.",
        "{path}, line {line}: {problem}. {advice}.",
    )


class UnknownReason(OperatorError):
    """A reason that the ledger kept and that this version of the software does not know."""

    says = Bilingual(
        "Lý do {reason} do phiên bản phần mềm khác ghi, bản này không đọc được. Người vận hành "
        "cập nhật phần mềm hoặc báo người bảo trì.",
        "The reason {reason} was kept by another version of the software, and this one cannot read "
        "it. The operator updates the software, or tells who maintains it.",
    )


class UnreadableDocument(OperatorError):
    says = Bilingual(
        "Không đọc được tệp {path}: {detail}. Hãy kiểm tra đường dẫn và quyền đọc.",
        "The file {path} cannot be read: {detail}. Check that it is there and may be read.",
    )


class NoSuchNewsroom(OperatorError):
    says = Bilingual(
        "Không có tòa soạn “{newsroom}”. Hãy chọn một tên trong mục newsrooms của "
        "cluster-feed.toml.",
        "There is no newsroom “{newsroom}”. Choose one from newsrooms in cluster-feed.toml.",
    )


class BadEnvironment(OperatorError):
    says = Bilingual(
        "Biến môi trường {variable} (hoặc tệp bí mật cùng tên) sai: {problem}. {advice}.",
        "The environment variable {variable} (or the secret file of that name) is wrong: "
        "{problem}. {advice}.",
    )


class NoWorkspace(OperatorError):
    says = Bilingual(
        "Thư mục {path} không phải là thư mục làm việc: không có cluster-feed.toml. Hãy vào đúng "
        "thư mục, hoặc chạy: cluster-feed -w <thư mục> …  Chỉ khi cài mới: cluster-feed init "
        "<thư mục>",
        "{path} is no workspace: it has no cluster-feed.toml. Change to the right folder, or run: "
        "cluster-feed -w <folder> …  For a new installation only: cluster-feed init <folder>",
    )


class WorkspaceThere(OperatorError):
    says = Bilingual(
        "{path} đã có cluster-feed.toml; không ghi đè. Hãy sửa tệp đó hoặc chọn thư mục khác.",
        "{path} already has a cluster-feed.toml; nothing was overwritten. Edit it, or choose "
        "another folder.",
    )


class SenderUnsaid(OperatorError):
    says = Bilingual(
        "Chưa lập được gói cho Vietnam.vn: mục [sender] của cluster-feed.toml còn trống {fields}. "
        "Hãy ghi đủ để Bộ biết liên hệ với ai.",
        "No package for Vietnam.vn can be made: [sender] of cluster-feed.toml does not say "
        "{fields}. Fill it in, so that the Ministry knows whom to call.",
    )


class PackageNotHandedOver(OperatorError):
    says = Bilingual(
        "Chưa chép được gói {package} ({detail}). Hãy kiểm tra mục [ministry] của "
        "cluster-feed.toml, USB hoặc thư mục đã gắn, rồi làm lại.",
        "The package {package} could not be copied ({detail}). Check [ministry] of "
        "cluster-feed.toml, and that the stick or folder is mounted, then do it again.",
    )


class PackageLost(OperatorError):
    says = Bilingual(
        "Máy trung tâm không còn tệp {path}. Hãy chép lại tệp đó từ bản sao lưu.",
        "The hub has no file {path} any more. Copy it back from a backup.",
    )


class ErrandBroken(OperatorError):
    says = Bilingual(
        "Việc này dở dang vì lỗi của chương trình. Người vận hành xem nhật ký của dịch vụ "
        "cluster-feed trên máy trung tâm, rồi yêu cầu lại.",
        "This came to nothing by a fault of the program. The operator looks at the log of the "
        "service cluster-feed on the hub; then ask again.",
    )


class NoPlan(OperatorError):
    says = Bilingual(
        "Năm {year} chưa đặt kế hoạch nào, nên không có hạn báo cáo nào được nhắc. Người vận hành "
        "ghi kế hoạch, năm và căn cứ vào mục [[deadlines.again]] của cluster-feed.toml.",
        "No plan is set for {year}, so that no report is reminded of. The operator writes a plan, "
        "the year and its basis into [[deadlines.again]] of cluster-feed.toml.",
    )


class MailUndelivered(OperatorError):
    says = Bilingual(
        "Chưa gửi được thư nhắc qua máy chủ {host} ({detail}); sẽ tự thử lại. Nếu kéo dài, hãy "
        "kiểm tra mục [mail] của cluster-feed.toml.",
        "A reminder could not be mailed by {host} ({detail}); it is tried again. If this goes on, "
        "check [mail] of cluster-feed.toml.",
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


class SandboxBroken(OperatorError):
    says = Bilingual(
        "Hộp cát bubblewrap không chạy được ({detail}), nên chưa tệp nào được mở; không tệp nào bị "
        "coi là hỏng. Người vận hành sửa bubblewrap (thử: bwrap --ro-bind / / true) rồi khởi động "
        "lại dịch vụ.",
        "The sandbox bubblewrap does not work ({detail}), so that no file is opened; none is taken "
        "for damaged. The operator mends bubblewrap (try: bwrap --ro-bind / / true) and starts the "
        "service again.",
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
        "Chưa kết nối được máy chủ cụm {cluster} ({host}): {detail}. Hệ thống sẽ tự thử lại; nếu "
        "kéo dài, hãy hỏi người ở cửa khẩu về điện, đường truyền, và xem lại địa chỉ máy chủ "
        "trong tệp cấu hình của cụm.",
        "The node of cluster {cluster} ({host}) was not reached: {detail}. It is tried again by "
        "itself; if that goes on, ask at the gate about power and line, and look at the address in "
        "the cluster's file.",
    )


class NodeFull(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} chỉ còn {free}, cần {needed}. Không gửi gì. Hãy giải phóng ổ đĩa ở "
        "máy chủ đó hoặc thay ổ lớn hơn; hệ thống sẽ tự thử lại.",
        "The node of cluster {cluster} has only {free} left; {needed} are needed. Nothing was "
        "sent. Free its disk, or put in a larger one; it is tried again by itself.",
    )


class NodeRefusedHub(OperatorError):
    says = Bilingual(
        "Máy chủ cụm {cluster} ({host}) không nhận khóa của trung tâm. Hãy mang tệp {key}.pub tới "
        "máy chủ đó và chạy lại deploy/node/install.sh; máy chủ lập cách khác thì thêm nội dung "
        "tệp ấy vào authorized_keys của tài khoản {user}.",
        "The node of cluster {cluster} ({host}) does not accept the hub's key. Carry {key}.pub "
        "there and run deploy/node/install.sh again; on a node that was made otherwise, add the "
        "file's content to the authorized_keys of account {user}.",
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
        "Không có khóa tại {path}. Lần đầu, hãy chạy: cluster-feed keys init --approver <tên> "
        "--approver <tên>. Nếu khóa đã có mà mất, hãy khôi phục từ bản sao lưu; không còn bản sao "
        "thì chạy: cluster-feed keys change --new-online",
        "There is no key at {path}. The first time, run: cluster-feed keys init --approver <name> "
        "--approver <name>. A key that was lost comes back from the backup; where there is none, "
        "run: cluster-feed keys change --new-online",
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
        "người, hoặc đổi số chữ ký: cluster-feed keys change --threshold (trước lễ tạo khóa: "
        "threshold của [trust] trong cluster-feed.toml).",
        "There are only {people} approvers while each edition needs {threshold} signatures. Name "
        "more people, or change that number: cluster-feed keys change --threshold (before the "
        "ceremony: threshold of [trust] in cluster-feed.toml).",
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


class AnotherDevice(OperatorError):
    says = Bilingual(
        "Tệp do thiết bị {device} ký, không phải {code}. Hãy so mã với màn hình.",
        "The file was signed by device {device}, not {code}. Compare the code with the screen's.",
    )


class SeveralDevices(OperatorError):
    says = Bilingual(
        "Các tệp thuộc nhiều chuỗi: của nhiều thiết bị hoặc nhiều màn hình. Hãy kiểm tra riêng "
        "từng chuỗi, nêu mã bằng --device.",
        "The files are of several chains: of several devices, or screens. Check each chain by "
        "itself, and name its device with --device.",
    )


class NoRoom(OperatorError):
    says = Bilingual(
        "Hộp thư của máy chủ cụm không còn chỗ cho {name}. Hãy cho trung tâm tới lấy, và xem trong "
        "mạng nội bộ có ai gửi bừa.",
        "The node's outbox has no room for {name}. Have the hub fetch what is there, and see "
        "whether somebody on the LAN floods it.",
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


class StopReasonNeeded(OperatorError):
    says = Bilingual(
        "Cần ghi vì sao cụm {cluster} ngừng phục vụ.",
        "Say why {cluster} is taken out of service.",
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


class ScreenSilent(OperatorError):
    says = Bilingual(
        "Màn hình {screen} không báo gì mới từ {since}, dù đường truyền có thể vẫn thông: có thể "
        "màn hình hỏng, hoặc máy chủ cụm giữ báo cáo lại. Hãy cho người đến xem tại chỗ.",
        "Screen {screen} has reported nothing new since {since}, though the link may be up: it may "
        "be broken, or its node may hold its reports back. Have somebody look on the spot.",
    )


class ClockWrong(OperatorError):
    says = Bilingual(
        "Đồng hồ của màn hình chỉ {clock} trong khi giờ đúng, theo máy trung tâm, là {right}. Hãy "
        "chỉnh lại đồng hồ tại chỗ; nếu {right} mới là sai, chỉnh máy trung tâm.",
        "The screen's clock says {clock} while it is {right} by the hub. Set it right on the spot; "
        "if it is {right} that is wrong, set the hub's.",
    )


class DaemonStopped(OperatorError):
    says = Bilingual(
        "Dịch vụ không chạy từ {since}: không nhận tệp, không phát hành, không gửi tới cụm nào. "
        "Hãy khởi động lại: systemctl start cluster-feed (hoặc cluster-feed run).",
        "The daemon has not been running since {since}: no file is taken in, nothing goes out or "
        "is sent to any gate. Start it: systemctl start cluster-feed (or cluster-feed run).",
    )


class DaemonNeverRan(OperatorError):
    says = Bilingual(
        "Dịch vụ chưa chạy lần nào: không nhận tệp, không phát hành, không gửi tới cụm nào. Hãy "
        "khởi động: systemctl start cluster-feed (hoặc cluster-feed run).",
        "The daemon has never run: no file is taken in, nothing goes out or is sent to any gate. "
        "Start it: systemctl start cluster-feed (or cluster-feed run).",
    )


class NodeIsAnExample(OperatorError):
    says = Bilingual(
        "Máy chủ {host} là địa chỉ mẫu. Hãy ghi host, user và host_key thật của máy chủ cụm vào "
        "playlists/{cluster}.toml.",
        "The node {host} is an example. Write the real node's host, user and host_key in "
        "playlists/{cluster}.toml.",
    )


class HubClockBehind(OperatorError):
    says = Bilingual(
        "Đồng hồ máy trung tâm chỉ {clock}, nhưng việc gần nhất đã ghi lúc {last}. Hãy chỉnh giờ "
        "trước khi làm gì khác: timedatectl set-ntp true",
        "The hub's clock says {clock}, but its latest act was recorded at {last}. Set it right "
        "before anything else: timedatectl set-ntp true",
    )


class PackageInvalid(OperatorError):
    says = Bilingual(
        "Gói {package} không hợp lệ: {detail}.",
        "The package {package} is not valid: {detail}.",
    )


class PackageNotOnRecord(OperatorError):
    says = Bilingual(
        "Gói {package} lập từ trước khi sổ giữ toàn bộ lời của gói nên không lập lại được. Tệp gói "
        "và mã băm trong sổ vẫn còn giá trị.",
        "The package {package} was made before the record kept all that a package says, so that it "
        "cannot be made again. Its file and its hash on record stand.",
    )


class PackageMadeOtherwise(OperatorError):
    says = Bilingual(
        "Lập lại gói {package} không ra đúng tệp đã gửi: sổ ghi {recorded}, lập lại được {made}. "
        "Gói do {software} lập; hãy dùng đúng phiên bản đó, hoặc kiểm tra kho tệp.",
        "The package {package}, made again, is not the file that was sent: {recorded} is on "
        "record, {made} was made. {software} made it; use that version, or check the store.",
    )

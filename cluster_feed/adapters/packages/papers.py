"""The plain papers of a package: how to read it, who approved an item, an item's words to copy."""

import json
from typing import Final

from cluster_feed.core.package import Item, Package
from cluster_feed.core.person import Official
from cluster_feed.core.playlist import ZONE
from cluster_feed.core.value import canonical, digest

_GUIDE: Final = """\
{name}
Dữ liệu quảng bá hình ảnh tỉnh cung cấp cho Vietnam.vn, kỳ {cycle}
Cơ quan cung cấp: {sender}
Số mục mới hoặc cập nhật: {count}
Số mục thu hồi: {withdrawn}

1. Mở DANH_MUC.xlsx để xem danh mục; danh_muc.csv là cùng bảng đó cho phần mềm khác.
   Trong tệp CSV, dấu ' đứng đầu ô chỉ để ô không bị hiểu là công thức.
2. Mỗi mục nằm trong items/<mã>/:
     media/            video hoặc ảnh (tên tệp cho biết bản: master, 1080p, 720p, poster,
                       original, full, 3000, 1920)
     text/             tiêu đề, mô tả, văn bản thay thế, mỗi ngôn ngữ một tệp để sao chép;
                       phụ đề WebVTT (<mã>.<ngôn ngữ>.vtt) và lời (transcript) của video
     dc.xml            mô tả theo Dublin Core (TCVN 7980)
     schema.jsonld     mô tả theo schema.org cho trang web
     item.*.ninjs.json mô tả theo IPTC ninjs 3.1 cho hệ thống tòa soạn, mỗi ngôn ngữ một tệp
     phieu_duyet.json  ai đã duyệt, chức vụ, khi nào, nội dung và lời nào (SHA-256)
3. vocab/chu_de.json là bảng mã chủ đề; catalogue.jsonld là danh mục cho máy đọc.
4. Ảnh original là ảnh gốc, không nén lại; ảnh full là ảnh gốc khác dạng JPEG được chuyển sang
   JPEG; 3000 và 1920 là bản thu nhỏ (sRGB). Mọi ảnh đã bỏ tọa độ và thông tin thiết bị, mang
   chú thích theo IPTC.
   Video 1080p và 720p được làm từ video gốc đã duyệt, giữ nguyên khung hình và tiếng, không
   thêm viền, không gắn phụ đề vào hình. Video gốc lớn hơn 500 MB hoặc có ghi nơi quay thì không
   kèm; khi đó chỉ có hai bản này.
5. Gói chỉ gồm mục mới và mục cập nhật so với các gói trước (cột Tình trạng); mã của một mục
   không đổi qua các gói. Trang Thu hồi liệt kê mục cần gỡ khỏi cổng;
   withdrawn/<mã>/ có bản ninjs báo hủy (pubStatus: canceled). Trang Lịch sử kể các gói trước
   và các lần cung cấp trước của từng mục.
6. Kiểm tra toàn vẹn: gói theo chuẩn BagIt 1.0 (RFC 8493); các tệp manifest-sha256.txt và
   manifest-sha512.txt liệt kê mã băm của từng tệp. Ví dụ trong thư mục {name}:
     sha256sum -c manifest-sha256.txt
   bagit-profile.json là hồ sơ (BagIt Profile) mà mọi gói của tỉnh đều theo.

In English: open DANH_MUC.xlsx for the list (new and changed items only; the sheet "Thu hồi"
names what to take off the portal); each item has its media, texts, Dublin Core, schema.org
description and approval slip under items/. The package is a BagIt 1.0 bag.
"""


def guide(package: Package) -> bytes:
    """Write HUONG_DAN.txt, with the line ends that Notepad has always known."""
    text = _GUIDE.format(
        name=package.name,
        cycle=package.cycle,
        sender=package.sender,
        count=len(package.items),
        withdrawn=len(package.withdrawn),
    )
    return text.replace("\n", "\r\n").encode("utf-8-sig")


def approval_slip(package: Package, item: Item) -> bytes:
    """Write phieu_duyet.json: the approval that covers an item, and the content it covers.

    `fingerprint` names the playlists that were signed, `words_sha256` what was said of all that was
    proposed for the portal when they were put before the approvers.
    """
    slip = {
        "item": item.id,
        "asset_sha256": item.asset.sha256,
        "edition": package.edition,
        "number": package.number,
        "fingerprint": package.fingerprint,
        "words_sha256": package.words,
        "words_of_item_sha256": digest(canonical(item.caption.model_dump(mode="json"))),
        "declared_by": item.declared_by,
        "submitted_by": _named(package.submitted_by),
        "approved": [
            {**_named(approval.by), "at": approval.at.astimezone(ZONE).isoformat()}
            for approval in package.approvals
        ],
        "published_at": package.published_at.astimezone(ZONE).isoformat(),
        "clusters": item.clusters,
        "approved_renditions_sha256": item.approved_renditions,
        "made_of_the_asset_sha256": {file.path: file.sha256 for file in item.files},
    }
    return f"{json.dumps(slip, ensure_ascii=False, indent=1)}\n".encode()


def _named(official: Official) -> dict[str, str]:
    return {"by": official.name, "name": official.called, "office": official.office}


def texts(item: Item) -> dict[str, bytes]:
    """Write an item's words, and what is said in it, by their names in the item's folder.

    Tags that differ only in case are one language, and would be one file on some disks.
    """
    written = {track.path: track.to_bytes for track in item.tracks}
    for language, words in sorted(item.caption.words.items()):
        said = "\n\n".join(
            part for part in (words.title, words.description, words.alt_text) if part
        )
        if said:
            name = f"text/{item.id}.{language.lower()}.txt"
            written[name] = written.get(name, b"") + f"{said}\n".encode()
    return written

"""The scenes of the demonstration, in the order of the pipeline, and the checks they must pass."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from rich.table import Table

from cluster_feed import tables
from cluster_feed.adapters.packages import bag_check
from cluster_feed.console import TONGUE, Progressing, complain, out, t
from cluster_feed.core.cycle import Cycle
from cluster_feed.core.delivery import Delivered
from cluster_feed.core.edition import State
from cluster_feed.core.errors import FeedError, OwnSubmission
from cluster_feed.core.proof import Outcome
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.ledger.connect import connect
from cluster_feed.pipeline import (
    approve,
    assemble,
    commission,
    deliver,
    devices,
    ingest,
    normalize,
    played,
    publish,
    report,
    status,
    syndicate,
    thumbnail,
)
from cluster_feed.settings import FILE_NAME
from cluster_feed.workspace import Workspace
from demo import captions, material
from demo.gates import Gate, open_gate, write_node
from demo.screens import Station, serve

CONTACT = {
    "contact": "Phòng Thông tin đối ngoại",
    "phone": "0233 385 0000",
    "email": "ttdn@quangtri.example",
}
"""Whom the Ministry would call."""

BROADCASTER: Final = "bao-dai-quang-tri"
DEPARTMENT: Final = "so-vhttdl"
PASSPHRASES: Final = {
    "lan": "lan đi chợ Đông Hà sáng sớm",
    "minh": "minh câu cá ở sông Hiếu",
    "hoa": "hoa đọc sách bên Thành cổ",
}
OFFICIALS: Final = {
    "lan": ("Nguyễn Thị Lan", "Trưởng phòng"),
    "minh": ("Trần Văn Minh", "Phó Giám đốc Sở"),
    "hoa": ("Lê Thị Hoa", "Giám đốc Sở"),
}
ROOTS: Final = ("két sắt tầng một", "két sắt tầng hai", "két sắt tầng ba")


class Show:
    """One run: what the scenes share, and what was seen."""

    def __init__(self, root: Path, out_of_service: str | None) -> None:
        self.root = root
        self.out_of_service = out_of_service
        self.checks: list[tuple[str, bool]] = []
        self.began = time.monotonic()

    def run(self) -> bool:
        """Play every scene; True if everything that was promised was seen."""
        try:
            with ExitStack() as stack:
                self._play(stack)
        except FeedError as error:
            complain(error)
            self.checks.append((error.code, False))
        return self._close()

    def _play(self, stack: ExitStack) -> None:
        workspace, gates = self._open(stack)
        cycle = workspace.calendar.current(datetime.now(UTC))
        supplied = workspace.calendar.cut_off_at(cycle) - timedelta(days=2)
        pushed = workspace.calendar.push_at(cycle)
        self._drop_and_take_in(workspace, supplied)
        self._normalize(workspace, supplied)
        self._complete_captions(workspace, supplied)
        self._approve(workspace, cycle, supplied)
        self._publish_and_deliver(workspace, pushed)
        self._play_at_the_gates(workspace, gates, pushed, stack)
        self._package(workspace, pushed)
        self._run_again(workspace, pushed)
        out.print(tables.clusters(status.of(workspace, pushed).clusters))

    # --- Scenes --------------------------------------------------------------------------------

    def _open(self, stack: ExitStack) -> tuple[Workspace, dict[str, Gate]]:
        """Make a workspace, everybody's keys, and three gates with real SFTP servers."""
        self._scene(
            t("Chuẩn bị: ba cửa khẩu, ba máy chủ SFTP thật", "Three gates, three SFTP servers")
        )
        workspace = Workspace.create(self.root)
        settings = self.root / FILE_NAME
        quick = settings.read_text().replace("# stable_seconds = 10 ", "stable_seconds = 1 ")
        for name, said in CONTACT.items():
            quick = quick.replace(f'# {name} = ""\n', f'{name} = "{said}"\n', 1)
        settings.write_text(quick)
        workspace = Workspace.load(self.root)
        connect(workspace.database_url)
        now = datetime.now(UTC)
        commission.ceremony(workspace, now, PASSPHRASES, ROOTS)
        for name, (full_name, office) in OFFICIALS.items():
            ledger.Official.learn(name, full_name, office)
        key_file = workspace.root / workspace.settings.delivery.key_file
        hub_key = key_file.with_suffix(".pub").read_text()
        gates = {}
        for name, cluster in workspace.clusters.items():
            screens = [screen.name for screen in cluster.screens]
            gate = stack.enter_context(open_gate(name, hub_key, screens=screens))
            self._edit_document(gate)
            gates[name] = gate
            out.print(f"  {cluster.title}: 127.0.0.1:{gate.node.port}")
        return Workspace.load(self.root), gates

    def _edit_document(self, gate: Gate) -> None:
        """Tell the hub where a gate is, as its operator would: by editing the cluster's file."""
        path = self.root / "playlists" / f"{gate.name}.toml"
        changes = {
            "evergreen = []": f'evergreen = ["{DEPARTMENT}/landscape.jpg"]',
            "photo_seconds = 8": "photo_seconds = 4",
        }
        if gate.name == self.out_of_service:
            reason = t("hư hỏng, chờ thay thế", "broken, waits to be replaced")
            changes['status = "active"'] = 'status = "out_of_service"'
            changes['status_reason = ""'] = f'status_reason = "{reason}"'
        document = path.read_text()
        for before, after in changes.items():
            document = document.replace(before, after)
        path.write_text(document)
        write_node(path, gate.node)

    def _drop_and_take_in(self, workspace: Workspace, now: datetime) -> None:
        self._scene(t("Hai tòa soạn thả tệp vào thư mục chung", "Two newsrooms drop their files"))
        made = material.make_all(self.root / "material")
        drop(workspace, made, now)
        shutil.rmtree(self.root / "material")
        with Progressing() as tick:
            ingest.run(workspace, now, tick)
        for row in ledger.Asset.objects.order_by("newsroom", "name"):
            out.print(f"  {tables.YES} {row.newsroom}/{row.name}")
        for refused in ledger.Rejection.objects.order_by("newsroom", "name"):
            reason = refused.to_error().message(TONGUE)
            out.print(f"  {tables.NO} {refused.newsroom}/{refused.name}: [dim]{reason}[/]")
        taken_in = ledger.Asset.objects.count()
        codes = set(ledger.Rejection.objects.values_list("code", flat=True))
        self._check(t("mọi tệp tốt được nhận", "every good file was taken in"), taken_in == GOOD)
        self._check(
            t("tệp sai, tệp mang dấu mật bị trả lại", "bad and secret files were refused"),
            codes >= {"UnknownMedia", "DamagedMedia", "SecrecyMarking", "Duplicate"},
        )

    def _normalize(self, workspace: Workspace, now: datetime) -> None:
        profiles = ", ".join(workspace.wanted_profiles)
        self._scene(t(f"Chuẩn hóa: {profiles}", f"Normalize: {profiles}"))
        with Progressing() as tick:
            normalize.run(workspace, now, tick)
        thumbnail.run(workspace)
        made = ledger.Rendition.objects.filter(code="")
        failed = ledger.Rendition.objects.exclude(code="")
        for row in failed[:1]:
            out.print(f"  {tables.NO} {row.asset.name}: [dim]{row.to_error().message(TONGUE)}[/]")
        by_profile = {name: made.filter(profile=name).count() for name in workspace.wanted_profiles}
        for name, count in by_profile.items():
            out.print(f"  {tables.YES} {name}: {count}")
        self._check(
            t(
                "bốn loại màn hình, mỗi loại đủ bản phát",
                "four profiles, each with every rendition",
            ),
            len(by_profile) == PROFILES and set(by_profile.values()) == {GOOD - CUT_SHORT},
        )
        self._check(
            t("video bị cắt cụt không qua được", "the clip that was cut short did not pass"),
            set(failed.values_list("asset__name", flat=True)) == {"truncated.mp4"},
        )

    def _complete_captions(self, workspace: Workspace, now: datetime) -> None:
        """The department writes what a newsroom left out: a late sheet is enough."""
        self._scene(t("Sở hoàn thiện chú thích còn thiếu", "The department completes a caption"))
        row = ledger.Asset.objects.get(name="legacy.avi")
        kind = workspace.newsroom(row.newsroom)
        missing = list(row.to_caption().missing(kind.kind, row.to_value().kind)) if kind else []
        out.print(f"  {row.name}: {', '.join(field.label.to(TONGUE) for field in missing)}")
        late = workspace.inbox / row.newsroom / row.name
        captions.sidecar(late, captions.LATE, now.date() - timedelta(days=9))
        ingest.run(workspace, now)
        row.refresh_from_db()
        complete = kind and not any(row.to_caption().missing(kind.kind, row.to_value().kind))
        self._check(t("chú thích đã đủ", "the caption is complete"), bool(missing and complete))

    def _approve(self, workspace: Workspace, cycle: Cycle, now: datetime) -> None:
        self._scene(t("Lập, trình, và duyệt bằng hai chữ ký", "Assemble, submit, two people sign"))
        edition = assemble.run(workspace, now, cycle)
        for row in ledger.Programme.objects.order_by("cluster"):
            out.print(tables.programme(row, row.to_value()))
        name, seen = edition.name, edition.fingerprint
        approve.submit(workspace, now, name, "lan")
        refused = False
        try:
            approve.approve(workspace, now, name, "lan", seen, PASSPHRASES["lan"])
        except OwnSubmission as error:
            out.print(f"  {tables.NO} {error.message(TONGUE)}")
            refused = True
        self._check(t("không ai tự duyệt bài mình trình", "nobody approves their own"), refused)
        for person in ("minh", "hoa"):
            edition = approve.approve(workspace, now, name, person, seen, PASSPHRASES[person])
            out.print(f"  {tables.YES} {person} → {edition.state.label.to(TONGUE)}")
        early = publish.run(workspace, now)
        self._check(
            t("duyệt đủ, chờ đến ngày 25", "approved, and waits for the 25th"),
            edition.state is State.APPROVED and not early,
        )

    def _publish_and_deliver(self, workspace: Workspace, now: datetime) -> None:
        self._scene(
            t(f"Ngày {tables.when(now)}: phát hành và gửi", f"{tables.when(now)}: publish, push")
        )
        published = publish.run(workspace, now)
        with Progressing() as tick:
            outcomes = deliver.run(workspace, now, tick)
        out.print(tables.deliveries(outcomes))
        served = {each.cluster for each in outcomes if isinstance(each, Delivered)}
        self._check(
            t(
                "phiên bản đã tới mọi cụm đang hoạt động",
                "the edition reached every gate in service",
            ),
            bool(published) and served == self._in_service(workspace),
        )

    def _in_service(self, workspace: Workspace) -> set[str]:
        return {cluster.name for cluster in workspace.clusters.values() if cluster.in_service}

    def _play_at_the_gates(
        self, workspace: Workspace, gates: dict[str, Gate], now: datetime, stack: ExitStack
    ) -> None:
        """Every screen pulls from its node, verifies, and plays its playlist to the end."""
        self._scene(
            t("Màn hình tại cửa khẩu: tải, kiểm tra, phát", "Screens pull, verify and play")
        )
        root = (workspace.feed / "metadata" / "1.root.json").read_bytes()
        stations = [
            Station(
                workspace, cluster, screen, stack.enter_context(serve(gates[cluster.name].feed))
            )
            for cluster in workspace.clusters.values()
            if cluster.in_service
            for screen in cluster.screens
        ]
        with Progressing() as tick, ThreadPoolExecutor(len(stations)) as pool:
            shows = list(pool.map(lambda each: each.show(root, now, tick), stations))
        for station, shown in zip(stations, shows, strict=True):
            good = shown.played_to_the_end
            self._check(f"{station.title}: {shown.entries}/{shown.planned} mpv", good)
        later = now + timedelta(minutes=5)
        deliver.run(workspace, later)
        unknown = report.run(workspace, later)
        self._check(
            t("chưa tin màn hình nào chưa được xác nhận", "no screen counts before it is admitted"),
            not unknown.plays,
        )
        for station in stations:  # somebody reads the code out at the gate
            devices.admit(workspace, later, station.name, station.code, "lan")
        collected = report.run(workspace, later)
        edition = ledger.Edition.objects.get(state=State.PUBLISHED)
        out.print(tables.plays(played.summary(workspace, later, edition)))
        proven = ledger.Play.objects.filter(outcome=Outcome.PLAYED).count()
        self._check(
            t("mọi lượt phát có bằng chứng về tới Sở", "every play is proven at the department"),
            proven == sum(shown.planned for shown in shows) and not collected.broken,
        )
        confirmed = [
            screen.confirmed
            for cluster in status.of(workspace, later).clusters
            if cluster.in_service
            for screen in cluster.screens
        ]
        self._check(t("mọi màn hình xác nhận", "every screen confirms"), all(confirmed))

    def _package(self, workspace: Workspace, now: datetime) -> None:
        self._scene(t("Gói dữ liệu cho Vietnam.vn", "The package for Vietnam.vn"))
        came = syndicate.run(workspace, now)
        for package in came.packages:
            out.print(f"  {package.name}: {package.stat().st_size / 1e6:.1f} MB")
        valid = [not bag_check.findings(package) for package in came.packages]
        self._check(t("gói hợp lệ", "the package is valid"), bool(valid) and all(valid))
        self._check(t("không mục nào thiếu lời", "no item lacks a word"), not came.held)
        again = [syndicate.rebuild(workspace, package.stem) for package in came.packages]
        self._check(
            t("lập lại từ sổ ra đúng từng byte", "made again from the record, byte for byte"),
            again == came.packages,
        )

    def _run_again(self, workspace: Workspace, now: datetime) -> None:
        self._scene(t("Chạy lại cả kỳ: không làm gì thêm", "The whole cycle again: nothing to do"))
        rows = ledger.Rendition.objects.count(), ledger.FileReceipt.objects.count()
        began = time.monotonic()
        ingest.run(workspace, now)
        normalize.run(workspace, now)
        publish.run(workspace, now)
        sent = [each for each in deliver.run(workspace, now) if isinstance(each, Delivered)]
        syndicate.run(workspace, now)
        after = ledger.Rendition.objects.count(), ledger.FileReceipt.objects.count()
        seconds = time.monotonic() - began
        out.print(f"  {seconds:.1f} s")
        self._check(
            t("không tạo, không gửi lại gì", "nothing made or sent"), rows == after and not sent
        )
        self._check(t("nhật ký nguyên vẹn", "the audit log is whole"), audit.verify() > 0)

    def _scene(self, title: str) -> None:
        seconds = time.monotonic() - self.began
        out.rule(f"[bold]{seconds:3.0f} s  {title}[/]", align="left")

    # --- The end -------------------------------------------------------------------------------

    def _check(self, what: str, seen: bool) -> None:  # noqa: FBT001  it is what was seen
        out.print(f"  {tables.YES if seen else tables.NO} {what}")
        self.checks.append((what, seen))

    def _close(self) -> bool:
        table = Table(t("Đã kiểm tra", "Checked"), "", title=t("Kết quả", "Result"))
        for what, seen in self.checks:
            table.add_row(what, tables.YES if seen else tables.NO)
        if self.out_of_service:
            table.add_row(
                t(
                    f"{self.out_of_service}: ngừng hoạt động, bỏ qua có lý do",
                    f"{self.out_of_service}: out of service, skipped with its reason",
                ),
                "…",
            )
        out.print(table)
        good = all(seen for _, seen in self.checks)
        out.print(f"{time.monotonic() - self.began:.0f} s → {'✓' if good else '✗'}")
        return good


GOOD: Final = 10
"""How many of the dropped files are clips or photos to the eye of the intake."""

PROFILES: Final = 4
"""How many kinds of screen the three gates have."""

CUT_SHORT: Final = 1
"""How many of these only a complete decode finds out."""


def drop(workspace: Workspace, made: dict[str, Path], now: datetime) -> None:
    """Copy the material into the two newsrooms' folders, as Explorer would."""
    bulletin = workspace.inbox / BROADCASTER / "Bản tin tháng"
    agency = workspace.inbox / DEPARTMENT
    for folder in (bulletin, agency):
        folder.mkdir(parents=True, exist_ok=True)
    for name in captions.CLIPS:
        shutil.copy(made[name], bulletin)
    captions.broadcaster_sheet(bulletin, now.date())
    for name, story in captions.OWN.items():
        here = Path(shutil.copy(made[name], agency))
        captions.sidecar(here, story, now.date() - timedelta(days=9), vietnam_vn=True)
    for name in ("legacy.avi", "truncated.mp4", "playlist.mp4", "truncated.jpg", "text.jpg"):
        shutil.copy(made[name], agency)
    shutil.copy(made["portrait.jpg"], agency / "ảnh gửi lại lần hai.jpg")
    shutil.copy(made["silent.mp4"], agency / "[MẬT] phương án.mp4")

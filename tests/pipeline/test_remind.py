"""Reminders of deadlines, over a real socket to a server that plays a mail server's part."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import IO, cast

import pytest

from cluster_feed.core.errors import BadDocument, MailUndelivered
from cluster_feed.core.playlist import ZONE
from cluster_feed.ledger import audit
from cluster_feed.ledger import models as ledger
from cluster_feed.pipeline import remind, status
from cluster_feed.workspace import Workspace
from tests.material import admit
from tests.office import installed

pytestmark = pytest.mark.usefixtures("database")

BY = datetime(2026, 11, 27, 9, tzinfo=ZONE)
"""The last working day before 30/11/2026."""


class Postbox:
    """Takes mail as RFC 5321 has it, or refuses whom it is to."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.got: list[bytes] = []
        self._refuses = refuses
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def serve(self) -> None:
        while True:
            try:
                link, _ = self._listening.accept()
            except OSError:
                return
            with link, link.makefile("rwb") as talk:
                self._talk(cast("IO[bytes]", talk))

    def _talk(self, talk: IO[bytes]) -> None:
        def say(line: str) -> None:
            talk.write(f"{line}\r\n".encode())
            talk.flush()

        say("220 here")
        for line in iter(talk.readline, b""):
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                self.got.append(b"".join(iter(talk.readline, b".\r\n")))
                say("250 taken")
            elif word == b"RCPT" and self._refuses:
                say("550 nobody of that name")
            elif word == b"QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@contextmanager
def postbox(*, refuses: bool = False) -> Iterator[Postbox]:
    box = Postbox(refuses=refuses)
    thread = threading.Thread(target=box.serve)
    thread.start()
    try:
        yield box
    finally:
        box.close()
        thread.join()


NEWSROOMS = """
[[newsrooms]]
slug = "bao-quang-tri"
title = "Báo Quảng Trị"
kind = "dai"

[[newsrooms]]
slug = "xa-lao-bao"
title = "UBND xã Lao Bảo"
kind = "co-quan"
"""
ONLY_REPORTS = "[cycle]\nremind_days_before = []\n"


def office(root: Path, port: int, more: str = ONLY_REPORTS) -> Workspace:
    return installed(
        root,
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        f'sender = "hub@tinh.vn"\nto = ["lan@tinh.vn", "minh@tinh.vn"]\n{more}',
    )


def test_a_stage_is_told_once_however_often_asked(tmp_path: Path) -> None:
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port)
        for minutes in range(3):
            remind.run(workspace, BY - timedelta(days=7, minutes=-minutes))
        remind.run(Workspace.load(workspace.root), BY - timedelta(days=6))
        assert len(box.got) == 1
        remind.run(workspace, BY - timedelta(days=3))
        assert len(box.got) == 2
    mail = message_from_bytes(box.got[0], policy=policy.default)
    assert mail["Subject"] == "Nhắc: Báo cáo năm 2026, còn 7 ngày"
    assert mail["To"] == "lan@tinh.vn, minh@tinh.vn"
    text = mail.get_content()
    assert "chậm nhất 27/11/2026" in text
    assert "trước ngày 30/11/2026" in text
    assert ledger.Event.objects.filter(act="remind-deadline").count() == 2
    audit.verify()


def test_of_reminders_that_an_outage_missed_one_goes_out(tmp_path: Path) -> None:
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port)
        assert remind.run(workspace, BY) == 1
        assert remind.run(workspace, BY + timedelta(days=1)) == 0
        assert remind.run(workspace, BY + timedelta(days=30)) == 0
    assert len(box.got) == 1


def test_nothing_is_mailed_at_night_or_without_a_server(tmp_path: Path) -> None:
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port)
        assert remind.run(workspace, BY.replace(hour=6)) == 0
        assert remind.run(workspace, BY - timedelta(days=60)) == 0
    assert box.got == []
    assert remind.run(installed(tmp_path / "other"), BY) == 0
    assert not ledger.Reminder.objects.exists()


def test_a_server_that_is_away_is_told_in_status_and_tried_again(tmp_path: Path) -> None:
    with postbox() as box:
        workspace, gone = office(tmp_path / "hub", box.port), office(tmp_path / "away", 1)
        for _ in range(3):
            with pytest.raises(MailUndelivered):
                remind.run(gone, BY)
        assert ledger.Event.objects.filter(act="mail-failed").count() == 1, (
            "told once, not each try"
        )
        told = status.of(gone, BY).mail
        assert told
        assert "127.0.0.1" in told.vi
        assert remind.run(workspace, BY) == 1
    assert status.of(workspace, BY).mail is None


def test_a_server_that_refuses_whom_it_is_to_is_a_failure(tmp_path: Path) -> None:
    with postbox(refuses=True) as box:
        workspace = office(tmp_path / "hub", box.port)
        with pytest.raises(MailUndelivered):
            remind.run(workspace, BY)
    assert not ledger.Reminder.objects.exists()


def test_a_server_that_is_away_is_left_alone_for_a_while(tmp_path: Path) -> None:
    gone, patience = office(tmp_path / "away", 1), remind.Patience()
    with pytest.raises(MailUndelivered):
        patience.run(gone, BY)
    patience.run(gone, BY + timedelta(minutes=5))
    with pytest.raises(MailUndelivered):
        patience.run(gone, BY + timedelta(minutes=16))


def test_who_was_killed_while_mailing_reminds_no_second_time(tmp_path: Path) -> None:
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port)
        ledger.Reminder.objects.create(deadline="nam", by=BY.date(), days_before=0)
        assert remind.run(workspace, BY) == 0
    assert box.got == []


def test_own_deadlines_and_own_days_off_count(tmp_path: Path) -> None:
    own = """
[deadlines]
[[deadlines.own]]
name = "quy"
title = "Báo cáo\\nquý"
basis = "Công văn 12"
month = 12
day = 15
first_year = 2026
last_year = 2026
"""
    workspace = office(tmp_path / "hub", 1, own)
    (workspace.root / "holidays.toml").write_text("off = [2026-11-27, 2026-12-14]\n")
    workspace = Workspace.load(workspace.root)
    found = status.of(workspace, datetime(2026, 11, 20, 9, tzinfo=ZONE)).deadlines
    assert [(each.by.isoformat(), each.left) for each in found] == [
        ("2026-11-26", 6),
        ("2026-12-11", 21),
    ]


def text_of(got: bytes) -> str:
    mail = message_from_bytes(got, policy=policy.default)
    return f"{mail['Subject']}\n{mail.get_content()}".replace("\r\n", "\n")


def test_the_cut_off_is_mailed_at_each_stage_once_with_what_is_still_lacking(
    tmp_path: Path,
) -> None:
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port, NEWSROOMS)
        (workspace.root / "holidays.toml").write_text("working = [2026-11-24]\n")
        workspace = Workspace.load(workspace.root)
        clip = admit(workspace, "clip")
        newsroom, received_at = "bao-quang-tri", datetime(2026, 11, 10, tzinfo=ZONE)
        ledger.Asset.objects.filter(pk=clip.pk).update(newsroom=newsroom, received_at=received_at)
        for hours in range(24 * 14):  # the 13th to the 26th
            remind.run(
                workspace, datetime(2026, 11, 13, 0, 30, tzinfo=ZONE) + timedelta(hours=hours)
            )
    told = [text_of(each) for each in box.got]
    stages = [each.partition("\n")[0] for each in told if "Chốt" in each]
    assert stages == [
        "Nhắc: Chốt nội dung kỳ 11/2026, còn 7 ngày",
        "Nhắc: Chốt nội dung kỳ 11/2026, còn 5 ngày",  # the 22nd is a Sunday
        "Nhắc: Chốt nội dung kỳ 11/2026, còn 1 ngày",
    ]
    first = next(each for each in told if "Chốt" in each)
    assert "11:00 ngày 25/11/2026" in first
    assert "từ lần chốt trước: UBND xã Lao Bảo.\n" in first
    assert "Báo Quảng Trị" not in first


def test_a_year_without_a_plan_is_told_once(tmp_path: Path) -> None:
    new_year = datetime(2027, 1, 4, 9, tzinfo=ZONE)
    again = (
        '[[deadlines.again]]\nplan = "quang-tri-2023"\nyear = 2027\n'
        'basis = "Kế hoạch số 5/KH-UBND ngày 08/01/2027, mục V"\n'
    )
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port)
        assert [remind.run(workspace, new_year) for _ in range(2)] == [1, 0]
        assert remind.run(office(tmp_path / "known", box.port, ONLY_REPORTS + again), new_year) == 0
    assert "2027" in text_of(box.got[0])
    plan = status.of(workspace, new_year).plan
    assert plan
    assert "[[deadlines.again]]" in plan.vi
    assert status.of(workspace, BY).plan is None


def test_a_plan_that_is_taken_over_reminds_of_its_days_on_its_new_basis(tmp_path: Path) -> None:
    basis = "Kế hoạch số 5/KH-UBND ngày 08/01/2026 của UBND tỉnh, mục V.2"
    again = f'[[deadlines.again]]\nplan = "quang-tri-2023"\nyear = 2026\nbasis = "{basis}"\n'
    with postbox() as box:
        workspace = office(tmp_path / "hub", box.port, ONLY_REPORTS + again)
        assert remind.run(workspace, datetime(2026, 5, 15, 9, tzinfo=ZONE)) == 1
    said = text_of(box.got[0])
    assert "Báo cáo 6 tháng 2026, còn 7 ngày" in said
    assert "chậm nhất 22/05/2026" in said
    assert f"Căn cứ: {basis}, trước ngày 25/05/2026" in said


def test_a_mistake_in_the_days_off_names_its_line(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    (workspace.root / "holidays.toml").write_text('off = ["Tết"]\n')
    with pytest.raises(BadDocument):
        Workspace.load(workspace.root)

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


def office(root: Path, port: int, more: str = "") -> Workspace:
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
        assert remind.run(workspace, BY + timedelta(days=40)) == 0
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


def test_a_mistake_in_the_days_off_names_its_line(tmp_path: Path) -> None:
    workspace = installed(tmp_path / "hub")
    (workspace.root / "holidays.toml").write_text('off = ["Tết"]\n')
    with pytest.raises(BadDocument):
        Workspace.load(workspace.root)

"""Assets as the stages before would have left them in the ledger."""

import hashlib
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from cluster_feed.core.asset import AudioInfo, Heard, Kind, Measurement, MediaInfo, VideoInfo
from cluster_feed.core.caption import Caption, Words
from cluster_feed.core.finding import Finding
from cluster_feed.core.packing import Packing
from cluster_feed.core.vocabulary import InformationClass, RepublishBasis, Theme
from cluster_feed.ledger import models as ledger
from cluster_feed.workspace import Workspace

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)


def media(seconds: float | None) -> MediaInfo:
    return MediaInfo(
        container="mp4",
        byte_count=1000,
        seconds=seconds,
        video=VideoInfo(
            codec="h264", width=960, height=540, fps=Fraction(25), pixel_format="yuv420p"
        ),
    )


def measured(clip: MediaInfo, *flaws: Finding, lufs: float | None = -27.8) -> MediaInfo:
    """Let a clip have sound, and be measured."""
    track = AudioInfo(
        codec="aac",
        channels=2,
        sample_rate=48_000,
        loudness_lufs=lufs,
        true_peak_dbtp=None if lufs is None else -12.4,
    )
    packing = Packing(
        constant_rate=True,
        closed_gops=True,
        longest_gop_seconds=2.0,
        starts_at_once=True,
        nothing_cut=True,
        picture_ends_seconds=20.0,
        sound_ends_seconds=18.25,
    )
    found = Measurement(version=1, packing=packing, heard=Heard(findings=flaws))
    return clip.model_copy(update={"audio": (track,), "measurement": found})


def caption(title: str, **more: object) -> Caption:
    return Caption.model_validate(
        {
            "words": {"vi": Words(title=title, description="Mô tả", alt_text="Ảnh")},
            "themes": [Theme.TOURISM],
            "information_class": InformationClass.PROMOTION,
            "language": "vi",
            "creator": "Phòng Thông tin",
            "rights_holder": "Sở VHTTDL",
            "republish_basis": RepublishBasis.OWN,
            "no_state_secrets": True,
            **more,
        }
    )


def admit(
    workspace: Workspace,
    name: str,
    *,
    kind: Kind = Kind.VIDEO,
    says: Caption | None = None,
    seconds: float = 20,
    rendered: bool = True,
    hours: int = 0,
) -> ledger.Asset:
    """Write an asset and its renditions into the ledger, as the stages before would have."""
    sha256 = hashlib.sha256(name.encode()).hexdigest()
    length = None if kind is Kind.PHOTO else seconds
    asset = ledger.Asset.objects.create(
        sha256=sha256,
        kind=kind,
        newsroom="so-vhttdl",
        name=name,
        byte_count=1000,
        received_at=NOW + timedelta(hours=hours),
        media=media(length).model_dump(mode="json"),
        caption=(says or caption(name)).model_dump(mode="json"),
        captioned_by="so-vhttdl",
    )
    for profile in workspace.wanted_profiles if rendered else ():
        content = f"{name} {profile}".encode()
        ledger.Rendition.objects.create(
            asset=asset,
            profile=profile,
            recipe="1",
            made_at=NOW,
            sha256=hashlib.sha256(content).hexdigest(),
            byte_count=len(content),
            suffix=".jpg" if kind is Kind.PHOTO else ".mp4",
            media=media(length).model_dump(mode="json"),
        )
    return asset


def play(asset: str, row: int, outcome: str = "played", **more: object) -> ledger.Play:
    """Put on record that the LED wall of Lao Bảo showed an asset, as row `row` of its proof."""
    facts: dict[str, object] = {
        "cluster": "lao-bao",
        "screen": "led",
        "device": "d" * 64,
        "sha256": "0" * 64,
        "edition": 1,
        "rendition": "1" * 64,
        "began_at": NOW,
        "seconds": 20,
    }
    return ledger.Play.objects.create(asset=asset, row=row, outcome=outcome, **facts | more)

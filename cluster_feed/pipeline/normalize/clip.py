"""A clip for every screen: decide, copy what may be copied, code the rest together, prove it all.

In a worker: the ledger is not touched.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from cluster_feed.adapters import clips, damage, ffmpeg, glimpses, lettering, proving, sound
from cluster_feed.adapters.coders import Order
from cluster_feed.adapters.darkroom.framing import Attention, focus
from cluster_feed.adapters.encoders import X264, Encoder
from cluster_feed.adapters.ffmpeg import Work
from cluster_feed.adapters.frames import is_hdr
from cluster_feed.adapters.probe import read_clip
from cluster_feed.core.asset import Kind, Measurement, MediaInfo
from cluster_feed.core.bilingual import Bilingual, comma, joined
from cluster_feed.core.caption import Caption
from cluster_feed.core.decision import (
    Decision,
    Way,
    decide,
    of_lettering,
    of_picture,
    of_sound,
    of_tracks,
)
from cluster_feed.core.errors import (
    CannotBeNormalized,
    DamagedMedia,
    FlawedMedia,
    Refusal,
    Stalled,
)
from cluster_feed.core.finding import Finding
from cluster_feed.core.loudness import Gain, Loudness, gain_for
from cluster_feed.core.profile import DisplayProfile, Fit
from cluster_feed.pipeline.normalize.measuring import measured

_log = logging.getLogger(__name__)

LOUDNESS_TOLERANCE_LU: Final = 0.5
PEAK_TOLERANCE_DB: Final = 0.1
"""What the meter rounds."""

_NO_SOUND: Final = Bilingual("không tiếng", "no sound")
_NOT_COPIED: Final = Bilingual("không chép nguyên được", "it could not be copied")
_CODED: Final = Bilingual("mã hóa bằng {name}", "coded by {name}")
_CHANGES: Final = Bilingual("tiếng đổi kênh giữa chừng", "its sound changes its channels midway")
_UNTOLD: Final = Bilingual(
    "kiểu nén này không báo hình vỡ, hãy xem lại", "this coding hides damage, so look through it"
)
_LOST: Final = Bilingual("không chép được đủ hình", "not every picture came across")

UNSAID: Final = Caption()


class Product(NamedTuple):
    """A file that was proven to be what its profile wants."""

    profile: DisplayProfile
    path: Path
    media: MediaInfo
    decision: Bilingual
    findings: tuple[Finding, ...]

    @property
    def suffix(self) -> str:
        """How the name of such a file ends."""
        return ".jpg" if self.media.seconds is None else ".mp4"


class Outlook(NamedTuple):
    """What would be made for a screen, and what is known against it beforehand."""

    profile: DisplayProfile
    decision: Bilingual
    findings: tuple[Finding, ...]


class Source(NamedTuple):
    """A clip whose content was measured."""

    path: Path
    media: MediaInfo
    work: Work
    caption: Caption
    attention: Attention | None
    encoder: Encoder = X264

    @property
    def measurement(self) -> Measurement:
        """What was measured of its content."""
        assert self.media.measurement  # noqa: S101  that is what makes it a source
        return self.media.measurement

    def crop_for(self, profile: DisplayProfile) -> tuple[float, float]:
        """Where the part lies that a screen shows; the middle, where nothing draws the eye."""
        across, down = map(float, profile.filled_by(self.media.video.shown_size))
        return focus(self.attention, across, down) if self.attention else (0.5, 0.5)

    def loudness_for(self, profile: DisplayProfile) -> Loudness | None:
        """What of its sound a screen will be heard to play; None: nothing."""
        track = self.media.heard_track
        return Loudness.of(track) if track and profile.loudness_lufs is not None else None

    def known_against(self, profile: DisplayProfile) -> tuple[Finding, ...]:
        """What its sound, size and length tell against it on a screen."""
        known = self.measurement
        flaws = known.heard.findings if known.heard and self.loudness_for(profile) else ()
        return (*known.ends, *flaws, *profile.doubts(self.media))


class _Measured(NamedTuple):
    """A file that is right in all but, perhaps, its sound; `off` says what that is instead."""

    media: MediaInfo
    findings: tuple[Finding, ...]
    off: Bilingual | None

    def wholly(self, profile: DisplayProfile) -> "_Measured":
        """Insist on the sound as well; CannotBeNormalized."""
        if self.off:
            raise CannotBeNormalized(profile=profile.name, detail=self.off)
        return self


@dataclass(frozen=True)
class _Plan:
    """What is to be done for one profile."""

    recipe: str
    order: Order
    decision: Decision

    @property
    def profile(self) -> DisplayProfile:
        return self.order.profile


def listen(
    path: Path,
    media: MediaInfo,
    profiles: Sequence[DisplayProfile],
    work: Work,
    caption: Caption = UNSAID,
) -> Source:
    """Measure what nobody has of a clip's content, and find what to crop it to; a Refusal."""
    seconds = ffmpeg.budget_seconds(path, media.seconds)
    work = work._replace(patience=work.patience.for_at_most(seconds))
    hearing = any(profile.loudness_lufs is not None for profile in profiles)
    media = measured(path, media, work.patience, hearing=hearing)
    cropping = any(profile.fit is Fit.SMART for profile in profiles)
    attention = glimpses.glance(path, media, work.patience) if cropping else None
    return Source(path, media, work, caption, attention)


def make(
    source: Source, folder: Path, lacking: Mapping[str, DisplayProfile]
) -> Iterator[tuple[str, Product | Refusal]]:
    """Make a file in the folder for each profile that lacks one, by recipe, or say why not.

    A clip that is kept as it is stays where it lies.  Raises a Refusal that goes for all.
    """
    seen: tuple[Finding, ...] | None = None
    in_full = []
    for recipe, profile in lacking.items():
        plan = _plan(source, folder, recipe, profile)
        if plan.decision.way is Way.FULL:
            in_full.append(plan)
            continue
        try:
            product, seen = _copied(source, plan, seen)
        except (CannotBeNormalized, DamagedMedia) as why:
            _log.info("copying did not do, so the clip is coded: %s", why)
            in_full.append(_plan(source, folder, recipe, profile, failed=True))
            continue
        yield recipe, judged(product)
    if in_full:
        yield from _coded(source, in_full, seen)


def foresee(source: Source, profiles: Sequence[DisplayProfile]) -> Iterator[Outlook]:
    """Decode a clip to its end and say what would be made of it; a Refusal where it is damaged."""
    seen = proving.look(source.path, source.media, source.work)
    for profile in profiles:
        loudness = source.loudness_for(profile)
        decision = _decision(source, profile)
        coded = loudness and decision.way in {Way.SOUND, Way.FULL}
        gain = gain_for(loudness, profile) if coded and loudness else None
        findings = (*seen, *source.known_against(profile))
        yield Outlook(profile, _said(source, profile, decision, gain), findings)


def _plan(
    source: Source, folder: Path, recipe: str, profile: DisplayProfile, *, failed: bool = False
) -> _Plan:
    loudness = source.loudness_for(profile)
    decision = _decision(source, profile)
    if failed:
        decision = Decision(Way.FULL, (_NOT_COPIED,))
    script = None
    tracks, titles = profile.subtitles_of(source.caption), profile.titles_of(source.caption)
    if tracks or titles:
        script = folder / f"{profile.name}.ass"
        written = lettering.script([*tracks.values()], profile, [*titles.values()])
        script.write_text(written, encoding="utf-8")
    gain = None
    if loudness and decision.way in {Way.SOUND, Way.FULL}:
        unheard = Work(source.work.patience)
        gain = sound.gain(
            source.path, source.media, loudness, profile, folder, unheard, coded=_changes(source)
        )
    path = source.path if decision.way is Way.KEEP else folder / f"{profile.name}.mp4"
    at = source.crop_for(profile) if profile.fit is Fit.SMART else (0.5, 0.5)
    return _Plan(recipe, Order(path, profile, gain, script, at), decision)


def _decision(source: Source, profile: DisplayProfile) -> Decision:
    if lettered := tuple(of_lettering(source.caption, profile, Kind.VIDEO)):
        return Decision(Way.FULL, lettered)
    packing = source.measurement.packing
    return decide(source.media, packing, source.loudness_for(profile), profile)


def _changes(source: Source) -> bool:
    heard = source.measurement.heard
    return heard is not None and heard.changes


def _said(
    source: Source, profile: DisplayProfile, decision: Decision, gain: Gain | None
) -> Bilingual:
    loudness = source.loudness_for(profile)
    done = [of_sound(loudness, gain, profile) if loudness else _NO_SOUND]
    done += of_tracks(source.media) if loudness else ()
    done += [_CHANGES] if loudness and _changes(source) else []
    if source.media.video.codec in ffmpeg.UNTOLD:
        done.append(_UNTOLD)
    if decision.way is Way.FULL:
        done = [*of_picture(source.media.video, profile, hdr=is_hdr(source.media.video)), *done]
        if source.encoder != X264:
            done.append(_CODED.fill(name=source.encoder.name))
    return decision.said(*done)


def _copied(
    source: Source, plan: _Plan, seen: tuple[Finding, ...] | None
) -> tuple[Product, tuple[Finding, ...]]:
    pictures = None
    if plan.decision.way is not Way.KEEP:
        work = Work(source.work.patience)
        pictures = clips.copy(source.path, source.media, plan.order, work)
    made = _proven(source, plan, pictures, watch=seen is None).wholly(plan.profile)
    seen = made.findings if seen is None else seen
    return _product(source, plan, made.media, seen), seen


def _coded(
    source: Source, plans: list[_Plan], seen: tuple[Finding, ...] | None
) -> Iterator[tuple[str, Product | Refusal]]:
    """Code the rest together; what hardware fails at or does wrong is coded again by x264.

    Where one screen's coder fails, each is coded by itself, so that the others have theirs.
    """
    orders = [plan.order for plan in plans]
    by_x264 = source._replace(encoder=X264)
    try:
        looked = _transcoded(source, orders, source.work, watch=seen is None)
    except (CannotBeNormalized, Stalled) as why:
        if source.encoder != X264:
            _log.warning("%s did not do: %s", source.encoder.name, why)
            yield from _coded(by_x264, plans, seen)
            return
        if isinstance(why, Stalled):
            raise
        if len(plans) == 1:
            yield plans[0].recipe, why
        else:
            for plan in plans:
                yield from _coded(source, [plan], seen)
        return
    for plan in plans:
        try:
            done, media = _heard_right(source, plan)
        except Refusal as why:
            if source.encoder == X264:
                yield plan.recipe, why
                continue
            _log.warning("%s did not do: %s", source.encoder.name, why)
            yield from _coded(by_x264, [plan], looked if seen is None else seen)
            continue
        yield plan.recipe, judged(_product(source, done, media, seen or looked))


def _transcoded(
    source: Source, orders: Sequence[Order], work: Work, *, watch: bool
) -> tuple[Finding, ...]:
    encoder = source.encoder
    return clips.transcode(source.path, source.media, orders, work, watch=watch, encoder=encoder)


def _heard_right(source: Source, plan: _Plan) -> tuple[_Plan, MediaInfo]:
    """Prove what was coded; where the codec took loudness away, make that up in another sound.

    It does so to rain, surf and applause.
    """
    measured = _proven(source, plan, None, watch=False)
    loudness = source.loudness_for(plan.profile)
    if not measured.off or loudness is None:
        return plan, measured.wholly(plan.profile).media
    folder, unheard = plan.order.path.parent, Work(source.work.patience)
    gain = sound.gain(
        source.path, source.media, loudness, plan.profile, folder, unheard, coded=True
    )
    plan = replace(plan, order=plan.order._replace(gain=gain))
    clips.sound_again(source.path, source.media, plan.order, unheard)
    return plan, _proven(source, plan, None, watch=False).wholly(plan.profile).media


def _product(source: Source, plan: _Plan, media: MediaInfo, seen: tuple[Finding, ...]) -> Product:
    said = _said(source, plan.profile, plan.decision, plan.order.gain)
    findings = (*seen, *source.known_against(plan.profile))
    return Product(plan.profile, plan.order.path, media, said, findings)


def judged(product: Product) -> Product | Refusal:
    """Refuse what has a flaw that the profile blocks."""
    blocked = [each for each in product.findings if each.flaw in product.profile.blocks]
    if not blocked:
        return product
    flaws = joined(each.says for each in blocked)
    return FlawedMedia(profile=product.profile.name, flaws=flaws)


def _proven(source: Source, plan: _Plan, pictures: str | None, *, watch: bool) -> _Measured:
    """Measure what was made, decode it to its end, and refuse it where it is not as ordered.

    `pictures` is the hash of the coded pictures that a copy must hold; None: it is no copy.
    """
    profile = plan.profile
    made = read_clip(plan.order.path).media
    unheard = Work(source.work.patience)
    hashed = pictures is not None
    proof = proving.prove(plan.order.path, made, unheard, watch=watch, hashed=hashed)
    if proof.loudness:
        heard = proof.loudness.told_of(made.audio[0])
        heard = heard.model_copy(update={"course_lufs": proof.course})
        made = made.model_copy(update={"audio": (heard,)})
    problems, off = list(profile.deviations(made, Kind.VIDEO)), None
    if pictures is not None and proof.pictures != pictures:
        problems.append(_LOST)
    if abs((made.seconds or 0) - (source.media.seconds or 0)) > damage.shortfall(source.media):
        lasts, should = made.seconds or 0, source.media.seconds or 0
        problems.append(
            Bilingual(
                f"dài {comma(lasts)} giây, không phải {comma(should)}",
                f"{lasts} s, not {should}",
            )
        )
    if loudness := source.loudness_for(profile):
        gain = plan.order.gain or Gain(0.0, loudness.lufs)
        wrong = list(_sound_problems(gain, proof.loudness, profile))
        off = joined(wrong, "; ") if wrong else None
    if problems:
        raise CannotBeNormalized(profile=profile.name, detail=joined(problems, "; "))
    return _Measured(made, proof.findings, off)


def _sound_problems(
    gain: Gain, heard: Loudness | None, profile: DisplayProfile
) -> Iterator[Bilingual]:
    if gain.lufs is None:
        return
    if heard is None or heard.lufs is None or heard.peak_dbtp is None:
        yield Bilingual("mất tiếng", "the sound is gone")
        return
    if abs(heard.lufs - gain.lufs) > LOUDNESS_TOLERANCE_LU:
        yield Bilingual(
            f"{comma(heard.lufs)} LUFS, không phải {comma(gain.lufs)}",
            f"{heard.lufs:.1f} LUFS, not {gain.lufs:.1f}",
        )
    if heard.peak_dbtp > profile.true_peak_dbtp + PEAK_TOLERANCE_DB:
        yield Bilingual(
            f"đỉnh {comma(heard.peak_dbtp)} dBTP, vượt {profile.true_peak_dbtp:g}",
            f"true peak {heard.peak_dbtp:.1f} dBTP, above {profile.true_peak_dbtp:g}",
        )

"""Clips and photos out of the store, to who may see them; a browser may ask for a part."""

import re
from pathlib import Path
from typing import Final

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from cluster_feed.core.asset import Kind
from cluster_feed.core.errors import Busy
from cluster_feed.pipeline import thumbnail as thumbnails
from cluster_feed.pipeline.normalize import preview as previews
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked
from cluster_feed.web.house import workspace

_MOST_AT_ONCE: Final = 8 << 20
"""Bytes of one answer to who asks for a part: a slow reader holds no thread for a whole clip."""
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_RENDITIONS: Final = {".mp4": "video/mp4", ".jpg": "image/jpeg"}
_PHOTOS: Final = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""By the container that was measured, never by the name that a newsroom gave."""
_ANY: Final = "application/octet-stream"
_LOCKED_UP: Final = "default-src 'none'; media-src 'self'; img-src 'self'; sandbox"


@require_safe
def thumbnail(request: Asked, asset: str) -> HttpResponseBase:
    """Give the small picture; 503 while too many others are being made."""
    row = visible.asset(request.user, asset)
    try:
        path = thumbnails.of(workspace(), row)
    except Busy:
        return HttpResponse(status=503, headers={"Retry-After": "2", "Cache-Control": "no-store"})
    if path is None:
        waiting = redirect(static("desk/no_picture.svg"))
        waiting["Cache-Control"] = "no-store"
        return waiting
    return serve(request, path, "image/jpeg", f"{row.sha256}-nho")


@require_safe
def original(request: Asked, asset: str) -> HttpResponseBase:
    """Give what the newsroom sent: a photo to look at, all else to keep."""
    row = visible.asset(request.user, asset)
    form = _PHOTOS.get(row.media.get("container", ""), _ANY) if row.kind == Kind.PHOTO else _ANY
    path = workspace().store.path(row.sha256)
    name = "" if form in _PHOTOS.values() else Path(row.name).name
    return serve(request, path, form, row.sha256, save_as=name)


@require_safe
def still(request: Asked, asset: str, still: str) -> HttpResponseBase:
    """Give the picture of what was found in an asset's renditions."""
    row = visible.asset(request.user, asset)
    kept = row.renditions.values_list("findings", flat=True)
    if not any(each.get("still") == still for findings in kept for each in findings):
        raise Http404
    return serve(request, workspace().store.path(still), "image/jpeg", still)


@require_safe
def rendition(request: Asked, asset: str, profile: str) -> HttpResponseBase:
    """Give what a kind of screen shows, by the newest recipe."""
    row = visible.asset(request.user, asset)
    made = row.renditions.filter(profile=profile, code="").order_by("-made_at", "-pk").first()
    if made is None:
        raise Http404
    form = _RENDITIONS.get(made.suffix, _ANY)
    return serve(request, workspace().store.path(made.sha256), form, made.sha256)


@require_safe
def quick_look(request: Asked, asset: str) -> HttpResponseBase:
    """Give the small copy that is there until the renditions are."""
    row = visible.asset(request.user, asset)
    path = previews.path(workspace(), row.sha256)
    return serve(request, path, "video/mp4", f"{row.sha256}-xem")


def serve(
    request: HttpRequest, path: Path, content_type: str, tag: str, save_as: str = ""
) -> HttpResponseBase:
    """Answer with a file, or with the part of it that was asked for (RFC 9110, section 14)."""
    if not path.is_file():
        raise Http404
    size = path.stat().st_size
    headers = {
        "ETag": f'"{tag}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=86400",
        "Content-Encoding": "identity",  # it is packed already; nothing on the way packs it again
        "Content-Security-Policy": _LOCKED_UP,
    }
    kind = {"content_type": content_type}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers, **kind)
    wanted = _wanted(request, size, headers["ETag"])
    if wanted is None:
        return FileResponse(
            path.open("rb"),
            as_attachment=bool(save_as),
            filename=save_as or tag,
            headers=headers,
            **kind,
        )
    if not wanted:
        return HttpResponse(
            status=416, headers={**headers, "Content-Range": f"bytes */{size}"}, **kind
        )
    with path.open("rb") as content:
        content.seek(wanted.start)
        part = content.read(len(wanted))
    about = {"Content-Range": f"bytes {wanted.start}-{wanted.stop - 1}/{size}"}
    if save_as:
        about["Content-Disposition"] = content_disposition_header(True, save_as) or ""  # noqa: FBT003  Django's
    return HttpResponse(part, status=206, headers={**headers, **about}, **kind)


def _wanted(request: HttpRequest, size: int, tag: str) -> range | None:
    """Read the part that is asked for, no more than is given at once; None: the whole file.

    Empty where there is no such part.  More than one part at once is answered with the whole.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    condition = request.headers.get("If-Range", tag)
    if asked is None or condition != tag or not any(asked.groups()):
        return None
    first, last = asked.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    return range(start, min(stop, start + _MOST_AT_ONCE))

"""Sending files through the desk, for who has no share."""

from typing import Any, Final

from django.contrib import messages
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.errors import FeedError, TooLarge
from cluster_feed.pipeline.upload import Part, Submission
from cluster_feed.settings import Newsroom
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked, moment, tongue_of
from cluster_feed.web.house import workspace
from cluster_feed.web.telling import told

_CHUNK: Final = 1 << 20
_NAMED: Final = 20
_TAKEN: Final = Bilingual(
    "Đã nhận {count} tệp: {names}. Hệ thống sẽ kiểm tra trong ít phút.",
    "{count} files are here: {names}. They are looked at within minutes.",
)
_NOTHING: Final = Bilingual("Chưa chọn tệp nào.", "No file was chosen.")


class _IntoTheInbox(FileUploadHandler):
    """Writes what arrives where the inbox will see it, without a second copy anywhere."""

    chunk_size = _CHUNK

    def __init__(self, request: HttpRequest, submission: Submission) -> None:
        super().__init__(request)
        self._submission = submission
        self._part: Part | None = None
        self.trouble: FeedError | None = None

    def new_file(self, *args: Any, **more: Any) -> None:  # noqa: ANN401  Django's
        """Begin one."""
        super().new_file(*args, **more)
        self._part = self._submission.begin(self.file_name or "")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Add to it, unless it was refused; a full disk ends it all."""
        del start
        if self._part is None:
            return
        try:
            self._part.write(raw_data)
        except TooLarge as why:
            self._submission.refuse(self._part, why)
            self._part = None
        except OSError:
            self._submission.discard()
            raise StopUpload(connection_reset=False) from None

    def file_complete(self, file_size: int) -> None:
        """Close it; the form needs to know nothing of it."""
        del file_size
        if self._part is not None:
            self._part.close()

    def upload_interrupted(self) -> None:
        """Leave nothing of what did not arrive whole."""
        self._submission.discard()


@csrf_exempt  # only until the way of the files is laid: `_receive` checks, which reads them
def upload(request: Asked, newsroom: str) -> HttpResponse:
    """Show the form, and take what was sent for a newsroom."""
    into = _newsroom(request, newsroom)
    if request.method != "POST":
        limits = workspace().settings.intake
        others = visible.newsrooms(request.user)
        shown = {"into": into, "newsrooms": others, "limits": limits}
        return render(request, "desk/library/upload.html", shown)
    workspace().store.make_sure_of_room(_announced(request))
    submission = Submission(workspace(), moment(), into, request.user.name)
    request.upload_handlers = [_IntoTheInbox(request, submission)]
    try:
        return _receive(request, submission)
    finally:
        submission.discard()


def start(request: Asked) -> HttpResponse:
    """Lead to the form of the newsroom for which this person most likely sends."""
    known = visible.newsrooms(request.user)
    if not known:
        raise Http404
    return redirect("upload", known[0].slug)


@csrf_protect
def _receive(request: Asked, submission: Submission) -> HttpResponse:
    """Let the inbox see what arrived, and tell the person what became of each file."""
    len(request.FILES)  # asks for the body, where the check before has not
    tongue = tongue_of(request)
    names = submission.finish()
    if names:
        taken = _TAKEN.fill(count=len(names), names=", ".join(names[:_NAMED]))
        messages.success(request, taken.to(tongue))
    for each in submission.refused:
        messages.error(request, f"{each.name}: {told(each.why).to(tongue)}")
    if not names and not submission.refused:
        messages.warning(request, _NOTHING.to(tongue))
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"taken": names, "refused": len(submission.refused)})
    return redirect("inbox")


def _newsroom(request: Asked, slug: str) -> Newsroom:
    for each in visible.newsrooms(request.user):
        if each.slug == slug:
            return each
    raise Http404


def _announced(request: HttpRequest) -> int:
    """Read how much is coming, as far as the browser says."""
    length = request.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and len(length) < len(str(1 << 62)) else 0

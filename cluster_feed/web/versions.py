"""Versions: a correct asset that a person puts in the place of a wrong one."""

from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect, render

from cluster_feed.core.bilingual import Bilingual
from cluster_feed.core.collation import sought
from cluster_feed.pipeline import replace as stage
from cluster_feed.pipeline.caption import Writer
from cluster_feed.web import visible
from cluster_feed.web.asked import Asked, moment
from cluster_feed.web.editions.approval import tell
from cluster_feed.web.house import workspace
from cluster_feed.web.listing import items
from cluster_feed.web.roles import Role

_OFFERED: Final = 30
_DONE: Final = Bilingual(
    "Đã thay. Bản cũ không vào bản nháp nào nữa.",
    "Done. The old one enters no draft any more.",
)
_IN: Final = Bilingual("Bản đúng đã vào {drafts}.", "The correct one is in {drafts}.")
_NOT_YET: Final = Bilingual(
    "{drafts} chưa đưa được bản đúng vào: bổ sung chú thích, chờ tạo xong bản phát, rồi lập lại.",
    "{drafts} cannot show the correct one yet: complete its caption, wait until it is rendered, "
    "then draft again.",
)


def replace(request: Asked, asset: str) -> HttpResponse:
    """Choose what an asset is to replace, and do it."""
    new = visible.asset(request.user, asset)
    own = visible.assets(request.user)
    if request.method == "POST":
        old = visible.asset(request.user, request.POST.get("old", ""))
        person = request.user
        newsroom = person.newsroom if person.part is Role.CONTRIBUTOR else ""
        done = stage.run(workspace(), moment(), old.pk, new.pk, Writer(person.name, newsroom))
        said = [_DONE]
        said += [_IN.fill(drafts=", ".join(done.drafts))] if done.drafts else []
        said += [_NOT_YET.fill(drafts=", ".join(done.waiting))] if done.waiting else []
        tell(request, Bilingual(*(" ".join(each) for each in zip(*said, strict=True))))
        return redirect("asset", new.pk)
    asked = request.GET.get("q", "")
    wanted = own.exclude(pk=new.pk).filter(replacement__isnull=True)
    for word in sought(asked[:200]):
        wanted = wanted.filter(searched__contains=word)
    if not asked:
        wanted = wanted.filter(newsroom=new.newsroom)
    offered = stage.offered(own, new)
    newest = wanted.order_by("-received_at", "pk").values_list("pk", flat=True)[:_OFFERED]
    first = [offered.pk] if offered else []
    shown = {
        "row": new,
        "q": asked,
        "chosen": request.GET.get("old") or (offered.pk if offered else ""),
        "choices": items(dict.fromkeys([*first, *newest])),
    }
    return render(request, "desk/library/replace.html", shown)

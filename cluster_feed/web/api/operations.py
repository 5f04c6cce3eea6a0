"""What programs may do, and whose tokens may: the API's table, as `routes` is the pages'."""

from http import HTTPMethod
from typing import Final

from cluster_feed.web.api import (
    about,
    assets,
    editions,
    gates,
    notices,
    record,
    rejections,
    withdrawals,
)
from cluster_feed.web.api.operation import Operation
from cluster_feed.web.roles import (
    APPROVERS,
    AUDITORS,
    DEPARTMENT,
    EDITORS,
    EVERYONE,
    OPERATORS,
    WRITERS,
)

GET, POST, PUT, PATCH = HTTPMethod.GET, HTTPMethod.POST, HTTPMethod.PUT, HTTPMethod.PATCH

API: Final = (
    Operation(GET, "problems", about.problems),
    Operation(GET, "problems/{code}", about.problem),
    Operation(GET, "me", about.me, EVERYONE),
    Operation(GET, "assets", assets.index, EVERYONE),
    Operation(GET, "assets/{sha256}", assets.one, EVERYONE),
    Operation(GET, "assets/{sha256}/caption", assets.caption, EVERYONE),
    Operation(PUT, "assets/{sha256}/caption", assets.put_caption, WRITERS),
    Operation(PATCH, "assets/{sha256}/caption", assets.patch_caption, WRITERS),
    Operation(GET, "rejections", rejections.index, EVERYONE),
    Operation(POST, "rejections/{rejection}/seen", rejections.seen, EDITORS | OPERATORS),
    Operation(GET, "editions", editions.index, DEPARTMENT),
    Operation(GET, "editions/{name}", editions.one, DEPARTMENT),
    Operation(POST, "editions/{name}/submit", editions.submit, EDITORS),
    Operation(POST, "editions/{name}/return", editions.return_, APPROVERS),
    Operation(GET, "editions/{name}/request", editions.request, APPROVERS),
    Operation(POST, "editions/{name}/signatures", editions.sign, APPROVERS),
    Operation(GET, "withdrawals", withdrawals.index, DEPARTMENT),
    Operation(POST, "withdrawals", withdrawals.make, EDITORS | APPROVERS),
    Operation(POST, "withdrawals/{sha256}/lift", withdrawals.lift, EDITORS | APPROVERS),
    Operation(GET, "notices", notices.index, DEPARTMENT),
    Operation(GET, "notices/{name}", notices.one, DEPARTMENT),
    Operation(GET, "notices/{name}/request", notices.request, APPROVERS),
    Operation(POST, "notices/{name}/signatures", notices.sign, APPROVERS),
    Operation(POST, "notices/{name}/release", notices.release, APPROVERS),
    Operation(POST, "notices/{name}/end", notices.end, APPROVERS),
    Operation(GET, "status", gates.status_now, DEPARTMENT),
    Operation(GET, "clusters", gates.index, DEPARTMENT),
    Operation(GET, "clusters/{name}", gates.one, DEPARTMENT),
    Operation(GET, "plays", gates.plays, DEPARTMENT),
    Operation(GET, "packages", record.packages, DEPARTMENT),
    Operation(GET, "audit", record.acts, AUDITORS),
)
"""What programs may do; each operation by its own roles, by a token alone (`api.door`)."""

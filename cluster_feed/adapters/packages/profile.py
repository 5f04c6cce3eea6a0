"""The profile of the province's packages: what each of them promises beyond being a bag.

`bagit-profile.json` says it in the form that other tools read (BagIt Profiles 1.3), and every
package carries it.  Where the province publishes it, its address is its identifier, so that such
tools find it; where it is published nowhere, that is a name and no place.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from cluster_feed.core.bagit import Finding, Flaw, found

NAME: Final = "bagit-profile.json"
_UNPUBLISHED: Final = files(__package__).joinpath(NAME).read_text(encoding="utf-8")
_PROFILE: Final[Mapping[str, Any]] = json.loads(_UNPUBLISHED)
IDENTIFIER: Final[str] = _PROFILE["BagIt-Profile-Info"]["BagIt-Profile-Identifier"]
"""Its name where no address is set."""

LABEL: Final = "BagIt-Profile-Identifier"
"""In bag-info: which profile a bag follows."""

_OF_BAGIT: Final = ("bagit.txt", "bag-info.txt", "fetch.txt")


def document(identifier: str = IDENTIFIER) -> bytes:
    """Write the profile as it stands at an address, or under its name."""
    return _UNPUBLISHED.replace(IDENTIFIER, identifier).encode()


def is_claimed(info: Mapping[str, list[str]], carried: bytes) -> bool:
    """Whether a bag says that it follows this profile, under its name or at an address.

    `info` is bag-info by lower-case label, `carried` the profile that the bag has with it.
    """
    told = info.get(LABEL.casefold(), [])
    return IDENTIFIER in told or any(carried == document(each) for each in told)


def findings(
    version: tuple[int, int], tag_files: Collection[str], info: Mapping[str, list[str]]
) -> Iterator[Finding]:
    """Name what a bag does not have, or has and should not."""
    for detail in (*_of_the_files(version, tag_files), *_of_the_info(info)):
        yield found(Flaw.OUTSIDE_PROFILE, detail=detail)


def _of_the_files(version: tuple[int, int], tag_files: Collection[str]) -> Iterator[str]:
    if "{}.{}".format(*version) not in _PROFILE["Accept-BagIt-Version"]:
        yield "Accept-BagIt-Version"
    if "fetch.txt" in tag_files and not _PROFILE["Allow-Fetch.txt"]:
        yield "fetch.txt"
    allowed = {*_OF_BAGIT, *_PROFILE["Tag-Files-Allowed"]}
    for kind, prefix in (("Manifests", "manifest"), ("Tag-Manifests", "tagmanifest")):
        for algorithm in _PROFILE[f"{kind}-Required"]:
            if f"{prefix}-{algorithm}.txt" not in tag_files:
                yield f"{prefix}-{algorithm}.txt is missing"
        allowed |= {f"{prefix}-{algorithm}.txt" for algorithm in _PROFILE[f"{kind}-Allowed"]}
    for name in _PROFILE["Tag-Files-Required"]:
        if name not in tag_files:
            yield f"{name} is missing"
    for name in sorted(set(tag_files) - allowed):
        yield f"{name} is not allowed"


def _of_the_info(info: Mapping[str, list[str]]) -> Iterator[str]:
    for label, rule in _PROFILE["Bag-Info"].items():
        said = info.get(label.casefold(), [])
        if rule["required"] and not any(said):
            yield f"{label} is missing"
        if len(said) > 1 and not rule["repeatable"]:
            yield f"{label} is repeated"

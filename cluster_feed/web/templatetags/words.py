"""Words of the pages, in the reader's language."""

from typing import Any

from django import template
from django.template.context import Context

from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.edition import called
from cluster_feed.core.paper import clock
from cluster_feed.core.vocabulary import LANGUAGES
from cluster_feed.web.house import workspace
from cluster_feed.web.telling import told

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: Context, vi: str, en: str, **facts: object) -> str:
    """Say a sentence in the page's language, with facts in its `{named}` places.

    Both languages stand side by side, so that neither is ever missing.
    """
    tongue = _tongue(context)
    own = {name: _said(tongue, fact) for name, fact in facts.items()}
    return (vi if tongue is Tongue.VI else en).format(**own)


@register.simple_tag(takes_context=True)
def say(context: Context, what: Any) -> str:  # noqa: ANN401  whatever the record speaks of
    """Say a Bilingual, what has a label, or why something was refused."""
    return _said(_tongue(context), what)


@register.filter
def kind_of_screen(profile: str) -> str:
    """Say which kind of screen a profile is for, as people call it."""
    known = workspace().profiles.get(profile)
    return known.title if known else profile


@register.filter
def edition_called(name: str, tongue: str) -> str:
    """Say an edition as people do: "tháng 12/2026"."""
    return called(name).to(Tongue(str(tongue)))


@register.filter
def tongue_called(tag: str, tongue: str) -> str:
    """Say a language as people here do; any other by its tag."""
    return LANGUAGES[tag].to(Tongue(str(tongue))) if tag in LANGUAGES else tag


@register.filter
def daypart_of(name: str, cluster: str) -> str:
    """Say a daypart of a cluster by the title that its document gives."""
    known = workspace().clusters.get(cluster)
    return known.daypart_called(name) if known else name


register.filter(clock)


def _tongue(context: Context) -> Tongue:
    return Tongue(str(context.get("tongue") or Tongue.VI))


def _said(tongue: Tongue, what: Any) -> str:  # noqa: ANN401
    if hasattr(what, "label"):
        what = what.label
    if isinstance(what, Bilingual):
        return what.to(tongue)
    if hasattr(what, "message"):
        return told(what).to(tongue)
    if hasattr(what, tongue.value):
        return str(getattr(what, tongue.value))
    return str(what)

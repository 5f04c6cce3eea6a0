"""Pictures of the desk's own pages, for its help; `tests/web/browser/pictures.py` takes them."""

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def picture(name: str, shows: str) -> SafeString | str:
    """Show a picture; of a page that nobody has photographed yet, nothing."""
    path = f"desk/help/{name}.webp"
    if finders.find(path) is None:
        return ""
    return format_html('<img src="{}" alt="{}" loading="lazy">', static(path), shows)

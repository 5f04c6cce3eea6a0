"""Who calls: the person whose token the call shows."""

from datetime import datetime

from django.http import HttpRequest

from cluster_feed.core.errors import TokenNeeded, TooManyTokens
from cluster_feed.web.models import WRONG_TOKENS_FORGOTTEN, Person, Token, WrongTokens


def caller(request: HttpRequest, now: datetime) -> Person:
    """Find who it is; TokenNeeded, and TooManyTokens for who guesses.

    A right token is taken from an address that guesses too: behind the department's web server
    all may have the same.
    """
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not shown.strip():
        raise TokenNeeded
    if token := Token.shown(shown.strip(), now):
        return token.person
    if WrongTokens.once_more(request.META["REMOTE_ADDR"], now):
        raise TooManyTokens(minutes=WRONG_TOKENS_FORGOTTEN.seconds // 60)
    raise TokenNeeded

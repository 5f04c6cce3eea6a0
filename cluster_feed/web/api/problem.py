"""How the API says no: RFC 9457, with the refusal's code and its sentence in both languages."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation.trans_real import parse_accept_lang_header
from pydantic import BaseModel, ValidationError

from cluster_feed.core import complaint, errors
from cluster_feed.core.bilingual import Bilingual, Tongue
from cluster_feed.core.errors import FeedError
from cluster_feed.core.value import Value
from cluster_feed.web.models import Person

CONTENT_TYPE: Final = "application/problem+json"


_STATUS: Final[Mapping[type[FeedError], HTTPStatus]] = {
    errors.TokenNeeded: HTTPStatus.UNAUTHORIZED,
    errors.TooManyTokens: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotYourPart: HTTPStatus.FORBIDDEN,
    errors.NoSuchAddress: HTTPStatus.NOT_FOUND,
    errors.WrongMethod: HTTPStatus.METHOD_NOT_ALLOWED,
    errors.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.WrongType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    errors.NotUnderstood: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.IfMatchNeeded: HTTPStatus.PRECONDITION_REQUIRED,
    errors.Broken: HTTPStatus.INTERNAL_SERVER_ERROR,
    errors.NoSuchAsset: HTTPStatus.NOT_FOUND,
    errors.NoSuchEdition: HTTPStatus.NOT_FOUND,
    errors.NoSuchNotice: HTTPStatus.NOT_FOUND,
    errors.NoSuchCluster: HTTPStatus.NOT_FOUND,
    errors.NotWithdrawn: HTTPStatus.NOT_FOUND,
    errors.ReasonNeeded: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.EndNeeded: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.CaptionChanged: HTTPStatus.PRECONDITION_FAILED,
    errors.CaptionMarked: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.NotBroadcastYet: HTTPStatus.UNPROCESSABLE_ENTITY,
}
"""Any other refusal is a conflict: things are not so that it could be done."""

_WHO: Final = {
    errors.CallError: Bilingual("người viết chương trình", "who wrote the program"),
    errors.Refusal: Bilingual("tòa soạn", "the newsroom"),
    errors.ReviewError: Bilingual("Sở", "the department"),
    errors.OperatorError: Bilingual("người vận hành", "the operator"),
    errors.ScreenError: Bilingual("tại màn hình", "at the screen"),
}


class Reason(Value):
    """A reason for which something is refused: its code, its sentences, who must act."""

    code: str
    vi: str
    en: str
    who_vi: str
    who_en: str

    @classmethod
    def of(cls, reason: type[FeedError]) -> "Reason":
        """Describe it, with `{named}` places for the facts of a case."""
        who = _who(reason)
        return cls(
            code=reason.__name__,
            vi=reason.says.vi,
            en=reason.says.en,
            who_vi=who.vi,
            who_en=who.en,
        )


class Problem(Value):
    """Why a call was refused (RFC 9457).

    `type` leads to the reason's description, `title` names the kind of answer, `detail` is the
    sentence in the language that was asked for, `vi` and `en` are both.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    vi: str
    en: str
    who: str


def status_of(error: FeedError) -> HTTPStatus:
    """Tell what kind of no it is."""
    return _STATUS.get(type(error), HTTPStatus.CONFLICT)


def not_understood(model: type[BaseModel], error: ValidationError) -> errors.NotUnderstood:
    """Say what is wrong first of all with what was sent."""
    first = complaint.first_of(model, error)
    return errors.NotUnderstood(problem=first.problem, advice=first.advice)


def answer(request: HttpRequest, error: FeedError, **headers: str) -> HttpResponse:
    """Say why not."""
    status, tongue = status_of(error), tongue_of(request)
    problem = Problem(
        type=f"/api/v1/problems/{error.code}",
        title=status.phrase,
        status=status,
        detail=error.message(tongue),
        code=error.code,
        vi=error.message(Tongue.VI),
        en=error.message(Tongue.EN),
        who=_who(type(error)).to(tongue),
    )
    said = problem.model_dump_json().encode()
    response = HttpResponse(said, content_type=CONTENT_TYPE, status=status, headers=headers)
    response["Content-Language"] = str(tongue)
    return response


def tongue_of(request: HttpRequest) -> Tongue:
    """Choose by Accept-Language, else the person's own."""
    wanted = parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    known = list(Tongue)
    for language, _ in wanted:
        if (main := language.partition("-")[0]) in known:
            return Tongue(main)
    person = getattr(request, "user", None)
    return Tongue(person.tongue) if isinstance(person, Person) else Tongue.VI


def reasons() -> Iterator[type[FeedError]]:
    """Give every reason that there is, by its code."""
    found = set(_below(FeedError))
    return iter(sorted(found, key=lambda each: each.__name__))


def _below(root: type[FeedError]) -> Iterator[type[FeedError]]:
    for each in root.__subclasses__():
        if hasattr(each, "says"):
            yield each
        yield from _below(each)


def _who(reason: type[FeedError]) -> Bilingual:
    return next(said for group, said in _WHO.items() if issubclass(reason, group))

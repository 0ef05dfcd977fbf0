"""Every address of the dashboard, who may come to it, and what answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from starlette.responses import Response

from slasync.domain.access import Rank
from slasync.web.dashboard import login, oidc
from slasync.web.dashboard.drawing import STATIC, static
from slasync.web.dashboard.pages import (
    accounts,
    agreement,
    audit,
    funnel,
    held,
    lead,
    overview,
    parked,
    quality,
    queue,
    systems,
    teams,
    users,
)

FOR_A_YEAR = "public, max-age=31536000, immutable"
Answer = Callable[..., Response]


class Open(StrEnum):
    """What is open to everybody, and why."""

    ALWAYS = "files without a word about anybody"
    LOGIN = "the way in, and how a page looks"


@dataclass(frozen=True, slots=True)
class Route:
    """One address. `needs`: the rank of those who may come, or why everybody may."""

    method: str
    path: str
    needs: Rank | Open
    answer: Answer

    @property
    def rank(self) -> Rank | None:
        return self.needs if isinstance(self.needs, Rank) else None

    @property
    def open(self) -> Open | None:
        return self.needs if isinstance(self.needs, Open) else None

    def answer_file(self, named: Mapping[str, Any]) -> Response:
        return self.answer(**named)


def file(name: str) -> Response:
    """Answer with one of the files that pages name."""
    if name not in STATIC:
        return Response(status_code=404)
    return Response(static(name), media_type=STATIC[name], headers={"Cache-Control": FOR_A_YEAR})


ROUTES = (
    Route("GET", "/static/{name}", Open.ALWAYS, file),
    Route("GET", "/login", Open.LOGIN, login.show),
    Route("POST", "/login", Open.LOGIN, login.enter),
    Route("GET", "/login/oidc", Open.LOGIN, oidc.leave),
    Route("GET", "/login/oidc/back", Open.LOGIN, oidc.come_back),
    Route("POST", "/look", Open.LOGIN, login.look),
    Route("POST", "/logout", Rank.VIEWER, login.leave),
    Route("GET", "/", Rank.VIEWER, overview.show),
    Route("GET", "/queue", Rank.VIEWER, queue.show),
    Route("GET", "/leads", Rank.VIEWER, lead.find),
    Route("GET", "/leads/{key}", Rank.VIEWER, lead.show),
    Route("GET", "/teams", Rank.VIEWER, teams.show),
    Route("GET", "/reps/{key}", Rank.VIEWER, teams.rep),
    Route("GET", "/funnel", Rank.VIEWER, funnel.show),
    Route("GET", "/accounts", Rank.VIEWER, accounts.show),
    Route("GET", "/quality", Rank.VIEWER, quality.show),
    Route("GET", "/agreement", Rank.VIEWER, agreement.show),
    Route("GET", "/agreement/{edition}", Rank.VIEWER, agreement.edition),
    Route("GET", "/systems", Rank.VIEWER, systems.show),
    Route("GET", "/held", Rank.VIEWER, held.show),
    Route("GET", "/held/{name}", Rank.VIEWER, held.batch),
    Route("POST", "/held/{name}/{fate}", Rank.OPERATOR, held.settle),
    Route("GET", "/parked", Rank.VIEWER, parked.show),
    Route("POST", "/parked/retry", Rank.OPERATOR, parked.retry),
    Route("POST", "/parked/discard", Rank.OPERATOR, parked.discard),
    Route("GET", "/users", Rank.ADMIN, users.show),
    Route("POST", "/users/end", Rank.ADMIN, users.end),
    Route("GET", "/audit", Rank.ADMIN, audit.show),
)

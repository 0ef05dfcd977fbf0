"""`mode`, `canary` and `modes` of slasync.yaml: how far decisions go, team by team."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, PlainValidator, ValidationInfo, WithJsonSchema

from slasync.domain.modes import Canary, Mode, TeamMode
from slasync.settings.known import known_in, one_of, refused
from slasync.settings.problems import did_you_mean
from slasync.settings.strict import EMAIL

_SHARE = r"\d{1,2}(?:\.\d{1,2})? ?%"
_SAID = "write a share such as 10 %, or the reps' addresses in a list"


def _canary(value: Any, info: ValidationInfo) -> Canary:
    if isinstance(value, list):
        return Canary(reps=frozenset(_rep(each, info) for each in value)) if value else _none()
    text = str(value).strip()
    if isinstance(value, str) and re.fullmatch(r"(0+(?:\.0+)?|100(?:\.0+)?) ?%", text):
        raise refused(f"{text} chooses nobody apart: mode shadow takes none, mode enforce all")
    if not isinstance(value, str) or not re.fullmatch(_SHARE, text):
        raise refused(f"{text!r} chooses nobody: {_SAID}")
    return Canary(share=round(float(text.rstrip("% ")) * 100))


def _none() -> Canary:
    raise refused(f"the list is empty: {_SAID}")


def _rep(value: Any, info: ValidationInfo) -> str:
    if not isinstance(value, str) or not re.match(EMAIL, value):
        raise refused(f"{value!r} is no e-mail address")
    members = known_in(info).members
    if members is not None and value.lower() not in members:
        raise refused(f"{value} is in no pool{did_you_mean(value, members)}")
    return value.lower()


def _team_mode(value: Any, info: ValidationInfo) -> TeamMode:
    if isinstance(value, str):
        if value not in list(Mode):
            near = did_you_mean(value, list(Mode))
            raise refused(f"{value!r} is no mode: write {', '.join(Mode)}{near}")
        return TeamMode(Mode(value))
    if not isinstance(value, dict) or set(value) != {"canary"}:
        raise refused("write a mode, or the canary with its choice: {canary: 10 %}")
    return TeamMode(Mode.CANARY, _canary(value["canary"], info))


_CHOICE_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "pattern": f"^{_SHARE}$"},
        {"type": "array", "items": {"type": "string", "pattern": EMAIL}, "minItems": 1},
    ]
}
CanaryPart = Annotated[Canary, PlainValidator(_canary), WithJsonSchema(_CHOICE_SCHEMA)]
"""A share of all leads, `10 %`, or a list of reps."""
TeamModePart = Annotated[
    TeamMode,
    PlainValidator(_team_mode),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [mode.value for mode in Mode]},
                {
                    "type": "object",
                    "properties": {"canary": _CHOICE_SCHEMA},
                    "required": ["canary"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
"""A mode, or `{canary: 10 %}`."""
Team = Annotated[str, one_of("team (a pool of teams.yaml)", lambda known: known.pools)]


def _every_team(teams: Mapping[str, TeamMode], info: ValidationInfo) -> Mapping[str, TeamMode]:
    """A team that is forgotten would be written to unasked, or never."""
    forgotten = sorted((known_in(info).pools or frozenset()) - set(teams)) if teams else []
    if forgotten:
        raise refused(f"{', '.join(forgotten)} has no mode here: say one for each pool")
    members = known_in(info).members_of or {}
    for name, team in teams.items():
        his = members.get(name, frozenset())
        strangers = sorted((team.canary.reps if team.canary else frozenset()) - his)
        if strangers and his:
            near = did_you_mean(strangers[0], his)
            raise refused(f"{strangers[0]} is not in pool {name}{near}")
    return teams


TeamModes = Annotated[Mapping[Team, TeamModePart], AfterValidator(_every_team)]


def chosen(mode: Mode, canary: Canary | None, teams: Mapping[str, TeamMode]) -> None:
    """Refuse a canary for which nobody is chosen."""
    if canary is not None:
        return
    lacking = ["mode", *(f"modes.{name}" for name in sorted(teams))]
    rules = [TeamMode(mode), *(teams[name] for name in sorted(teams))]
    for where, rule in zip(lacking, rules, strict=True):
        if rule.mode is Mode.CANARY and rule.canary is None:
            what = "add canary: 10 %, or canary: and a list of reps"
            raise refused(f"{where} is canary, and nobody is chosen: {what}")


def with_choice(team: TeamMode, canary: Canary | None) -> TeamMode:
    """Return the mode with the deployment's choice where it has none of its own."""
    if team.mode is Mode.CANARY and team.canary is None:
        return TeamMode(team.mode, canary)
    return team

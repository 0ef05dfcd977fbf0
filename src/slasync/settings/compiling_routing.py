"""From the routing and the teams of the policy files to the values that leads are routed by."""

from collections.abc import Callable, Mapping

from slasync.domain.identity.company_match import MatchTerms
from slasync.domain.languages import Language
from slasync.domain.lead import Fields, Member, Pool
from slasync.domain.routing_rules import Destination, Routing, RoutingRule, To
from slasync.settings.routing_part import Family, RoutingPart, RulePart, TerritoryPart
from slasync.settings.rules import compile_rule
from slasync.settings.teams_file import MemberPart, PoolPart
from slasync.systems import FieldType


def routing_to_domain(part: RoutingPart, fields: Mapping[str, FieldType]) -> Routing:
    """Compile rules and territories, in the order in which they are asked."""
    rules = [_rule(rule, fields) for rule in part.rules]
    rules += [_territory(name, territory) for name, territory in part.territories.items()]
    match = part.account_match
    return Routing(
        rules=tuple(rules),
        reassignments=part.reassignments.most,
        within=part.reassignments.within,
        companies=MatchTerms(
            frozenset(match.by), frozenset(match.providers), match.family == Family.TOP
        ),
    )


def pool_to_domain(
    name: str,
    part: PoolPart,
    marketing: tuple[str, ...] = (),
    language: Language = Language.EN,
) -> Pool:
    """Turn a pool into its value; `language` is what people read where the pool names none."""
    return Pool(
        name=name,
        members=tuple(member.who for member in part.members),
        manager=part.manager,
        leadership=part.leadership,
        marketing=marketing,
        queue=part.queue,
        calendar=part.calendar,
        in_hours=part.in_hours,
        of={m.who: terms for m in part.members if (terms := _member(m, part)) != Member()},
        language=part.language or language,
        languages={who.lower(): each for who, each in part.languages.items()},
    )


def _member(part: MemberPart, pool: PoolPart) -> Member:
    return Member(
        weight=part.weight,
        skills=frozenset(part.skills),
        most_open=part.most_open or pool.most_open,
        most_a_day=part.most_a_day or pool.most_a_day,
        calendar=part.calendar,
    )


def _rule(part: RulePart, fields: Mapping[str, FieldType]) -> RoutingRule:
    skills = frozenset(part.skills)
    if part.when is None:
        return RoutingRule(part.name, "", lambda _: True, frozenset(), part.to, skills)
    rule = compile_rule(part.when, fields)
    return RoutingRule(part.name, part.when, rule.holds, rule.reads, part.to, skills)


def _territory(name: str, part: TerritoryPart) -> RoutingRule:
    said = [f"is {', '.join(part.values)}"] if part.values else []
    said += [f"starts with {', '.join(part.starts_with)}"] if part.starts_with else []
    text = f"{part.field} {' or '.join(said)}"
    to = Destination(To.POOL, part.pool)
    return RoutingRule(name, text, _within(part), frozenset({part.field}), to)


def _within(part: TerritoryPart) -> Callable[[Fields], bool]:
    """People write countries and postal codes as they like: case and blanks around do not count."""
    values = frozenset(map(_plain, part.values))
    begins = tuple(map(_plain, part.starts_with))

    def within(fields: Fields) -> bool:
        value = fields.get(part.field)
        text = "" if value is None else _plain(str(value))
        return bool(text) and (text in values or text.startswith(begins))

    return within


def _plain(text: str) -> str:
    return text.strip().lower()

"""What is peculiar to the company of one run: who is away, who is a machine, how much may be asked.

Changes the settings that every run has, as other configuration files would.
"""

from dataclasses import replace
from datetime import timedelta

from slasync.domain.caps import Caps
from slasync.domain.lead import Absence
from slasync.domain.self_check import SelfCheck
from slasync.rehearsal.simulation.plan import CompanyPart, Plan
from slasync.rehearsal.simulation.terms import Terms
from slasync.sandbox.town import HOST, Town
from slasync.settings import Settings
from slasync.systems import Budget, HubSpotConfig, MarketoConfig, SalesforceConfig

ROBOT = f"robot@{HOST}"
LONG = timedelta(days=30)  # before and after a run


def settled_in(settings: Settings, plan: Plan, town: Town) -> Settings:
    """Return the settings of this company. Adds its automation user to the town."""
    if settings.salesforce is None:
        raise RuntimeError("a run has both systems")
    part = plan.company
    poll = timedelta(minutes=part.poll)
    return replace(
        settings,
        polls=dict.fromkeys(("salesforce", part.marketing), poll),
        caps=Caps(per_owner=plan.cap_owner, total=plan.cap_total),
        # what increments miss is to be seen, not mended: the self-check has a trial of its own
        self_check=SelfCheck(again_after=None, sweep_at=None),
        absences=_absences(plan),
        salesforce=_crm(settings.salesforce, part, town),
        hubspot=settings.hubspot and _hubspot(settings.hubspot, part),
        marketo=settings.marketo and _marketo(settings.marketo, part),
    )


def agreed(plan: Plan) -> Terms:
    """Return the terms of this company."""
    part = plan.company
    return Terms(plan.calendar, plan.pace, part.marketing, part.rests)


def robot(town: Town) -> str | None:
    """Return the id of the automation user, where there is one."""
    rows = town.salesforce.org.stores["User"].rows.values()
    return next((str(row["Id"]) for row in rows if row.get("Username") == ROBOT), None)


def _absences(plan: Plan) -> tuple[Absence, ...]:
    away = plan.company.absent
    if not away:
        return ()
    return (Absence(f"{away}@{HOST}", plan.start - LONG, plan.start + LONG),)


def _crm(config: SalesforceConfig, part: CompanyPart, town: Town) -> SalesforceConfig:
    if part.automation:
        town.salesforce.add_user("Rob Robot", ROBOT)
        config = replace(config, automation_users=(ROBOT,))
    if part.page:
        config = replace(config, page_size=part.page)
    return replace(config, budget=_budget(config.budget, part))


def _hubspot(config: HubSpotConfig, part: CompanyPart) -> HubSpotConfig:
    if part.page:
        config = replace(config, page_size=part.page, search_page_size=part.page)
    return replace(config, budget=_budget(config.budget, part))


def _marketo(config: MarketoConfig, part: CompanyPart) -> MarketoConfig:
    if part.page:
        config = replace(config, page_size=part.page)
    return replace(config, budget=_budget(config.budget, part))


def _budget(budget: Budget, part: CompanyPart) -> Budget:
    if not part.calls:
        return budget
    return replace(budget, daily_calls=round(part.calls / budget.share))

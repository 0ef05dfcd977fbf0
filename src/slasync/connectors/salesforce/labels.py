"""What people read in the organisation of list views, the report type and permission sets."""

from collections.abc import Mapping
from dataclasses import dataclass

from slasync.domain.languages import Language

INTEGRATION, REPS, MANAGERS = "Slasync_Integration", "Slasync_Reps", "Slasync_Managers"
"""The permission sets."""
BEST, TODAY, OVERDUE, STALE = "SLA_best_leads", "SLA_due_today", "SLA_overdue", "SLA_stale"
"""The list views."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels by names of components."""

    views: Mapping[str, str]
    report_type: str
    sets: Mapping[str, tuple[str, str]]  # label and description


_ENGLISH = Labels(
    views={
        BEST: "SLA: best leads",
        TODAY: "SLA: due today",
        OVERDUE: "SLA: overdue",
        STALE: "SLA: stale",
    },
    report_type="SLA: leads",
    sets={
        INTEGRATION: (
            "SLA: integration",
            "What slasync's own user needs. Nobody else is to have it.",
        ),
        REPS: (
            "SLA: people who work leads",
            "Shows slasync's fields to reps and managers, and lets them fill theirs.",
        ),
        MANAGERS: (
            "SLA: managers of people who work leads",
            "Lets managers decide about disputes, besides what their people see.",
        ),
    },
)

_GERMAN = Labels(
    views={
        BEST: "SLA: beste Leads",
        TODAY: "SLA: heute fällig",
        OVERDUE: "SLA: überfällig",
        STALE: "SLA: liegen geblieben",
    },
    report_type="SLA: Leads",
    sets={
        INTEGRATION: (
            "SLA: Integration",
            "Was slasyncs eigener Benutzer braucht. Niemand sonst soll es haben.",
        ),
        REPS: (
            "SLA: Wer Leads bearbeitet",
            "Zeigt die Felder von slasync; wer Leads bearbeitet, füllt die seinen.",
        ),
        MANAGERS: (
            "SLA: Führungskräfte",
            "Lässt Führungskräfte über Einsprüche entscheiden, zu dem, was ihre Leute sehen.",
        ),
    },
)

LABELS: Mapping[Language, Labels] = {Language.EN: _ENGLISH, Language.DE: _GERMAN}

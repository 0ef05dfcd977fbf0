"""What people read in the organisation: labels and help texts, in the language agreed.

API names and the values that stand in picklists are the same in every language: the list views
filter by these, and slasync writes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from slasync.domain.languages import Language

INTEGRATION, REPS, MANAGERS = "Slasync_Integration", "Slasync_Reps", "Slasync_Managers"
"""The permission sets."""
BEST, TODAY, OVERDUE, STALE = "SLA_best_leads", "SLA_due_today", "SLA_overdue", "SLA_stale"
"""The list views."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labels:
    """Labels by slasync's words. A field has a label and a help text."""

    fields: Mapping[str, tuple[str, str]]
    views: Mapping[str, str]  # by the name of the list view
    values: Mapping[str, str]  # of picklists; what has none is shown as it is written
    report_type: str
    sets: Mapping[str, tuple[str, str]]  # permission sets: label and description

    def value(self, written: str) -> str:
        """Return how a value of a picklist is shown."""
        return self.values.get(written) or written.replace("_", " ").capitalize()


_ENGLISH = Labels(
    fields={
        "stale": ("SLA stale", "Nothing was decided in time."),
        "stale_since": ("SLA stale since", "Since when."),
        "why": ("SLA reason", "Why slasync did what it did last."),
        "status": ("SLA status", "How the lead stands with the agreement."),
        "due": ("SLA due", "When the next step is due at the latest."),
        "next_step": ("SLA next step", "What to do next."),
        "attempts": ("SLA attempts", "Contact attempts so far: 2 of 6."),
        "priority": ("SLA priority", "The higher, the sooner. Sort by it."),
        "snooze_until": ("SLA snooze until", "The clock rests until then."),
        "snooze_reason": ("SLA snooze reason", "Why the clock is to rest."),
        "dispute": ("SLA dispute", "Tick it if the agreement does this lead wrong."),
        "dispute_reason": ("SLA dispute reason", "Why: your manager decides."),
        "dispute_decision": ("SLA dispute decision", "Your manager's to fill."),
        "nurture_path": ("SLA nurture path", "Where marketing takes it on."),
    },
    views={
        BEST: "SLA: best leads",
        TODAY: "SLA: due today",
        OVERDUE: "SLA: overdue",
        STALE: "SLA: stale",
    },
    values={},
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
    fields={
        "stale": ("SLA liegen geblieben", "Es wurde nicht rechtzeitig entschieden."),
        "stale_since": ("SLA liegen geblieben seit", "Seit wann."),
        "why": ("SLA Grund", "Warum slasync zuletzt tat, was es tat."),
        "status": ("SLA Stand", "Wie der Lead zur Vereinbarung steht."),
        "due": ("SLA fällig", "Bis wann der nächste Schritt spätestens zu tun ist."),
        "next_step": ("SLA nächster Schritt", "Was als Nächstes zu tun ist."),
        "attempts": ("SLA Kontaktversuche", "Kontaktversuche bisher: 2 von 6."),
        "priority": ("SLA Priorität", "Je höher, desto eher. Danach sortieren."),
        "snooze_until": ("SLA zurückgestellt bis", "Bis dahin ruht die Uhr."),
        "snooze_reason": ("SLA Grund der Rückstellung", "Warum die Uhr ruhen soll."),
        "dispute": (
            "SLA Einspruch",
            "Ankreuzen, wenn sie dem Lead nicht gerecht wird.",
        ),
        "dispute_reason": ("SLA Grund des Einspruchs", "Warum: Ihre Führungskraft entscheidet."),
        "dispute_decision": ("SLA Entscheidung", "Füllt Ihre Führungskraft aus."),
        "nurture_path": ("SLA Nurture-Pfad", "Womit das Marketing weitermacht."),
    },
    views={
        BEST: "SLA: beste Leads",
        TODAY: "SLA: heute fällig",
        OVERDUE: "SLA: überfällig",
        STALE: "SLA: liegen geblieben",
    },
    values={
        "open": "Offen",
        "overdue": "Überfällig",
        "stale": "Liegen geblieben",
        "snoozed": "Zurückgestellt",
        "touched": "Kontaktiert",
        "waiting for record": "Wartet auf den Datensatz",
        "converted": "Konvertiert",
        "recycled": "Zurück an das Marketing",
        "disqualified": "Disqualifiziert",
        "enrolled": "In einem Nurture-Programm",
        "with_sales": "Beim Vertrieb",
        "accepted": "Stattgegeben",
        "refused": "Abgelehnt",
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

"""What reps and managers read in the CRM: slasync's fields and their values, in each language.

What is written into the fields is the same in every language, whatever is shown for it.
"""

from collections.abc import Mapping

from slasync.domain.languages import Language

_ENGLISH = {
    "stale": ("SLA stale", "Nothing was decided in time."),
    "stale_since": ("SLA stale since", "Since when."),
    "why": ("SLA reason", "Why slasync did what it did last."),
    "status": ("SLA status", "How the lead stands with the agreement."),
    "due": ("SLA due", "When the next step is due at the latest."),
    "next_step": ("SLA next step", "What to do next."),
    "attempts": ("SLA attempts", "Contact attempts so far: 2 of 6."),
    "priority": ("SLA priority", "The higher, the sooner. Sort by it."),
    "lately": ("SLA lately", "What the lead did last: forms, pages, downloads."),
    "snooze_until": ("SLA snooze until", "The clock rests until then."),
    "snooze_reason": ("SLA snooze reason", "Why the clock is to rest."),
    "dispute": ("SLA dispute", "Tick it if the agreement does this lead wrong."),
    "dispute_reason": ("SLA dispute reason", "Why: your manager decides."),
    "dispute_decision": ("SLA dispute decision", "Your manager's to fill."),
    "nurture_path": ("SLA nurture path", "Where marketing takes it on."),
}
_GERMAN = {
    "stale": ("SLA liegen geblieben", "Es wurde nicht rechtzeitig entschieden."),
    "stale_since": ("SLA liegen geblieben seit", "Seit wann."),
    "why": ("SLA Grund", "Warum slasync zuletzt tat, was es tat."),
    "status": ("SLA Stand", "Wie der Lead zur Vereinbarung steht."),
    "due": ("SLA fällig", "Bis wann der nächste Schritt spätestens zu tun ist."),
    "next_step": ("SLA nächster Schritt", "Was als Nächstes zu tun ist."),
    "attempts": ("SLA Kontaktversuche", "Kontaktversuche bisher: 2 von 6."),
    "priority": ("SLA Priorität", "Je höher, desto eher. Danach sortieren."),
    "lately": ("SLA zuletzt", "Was der Lead zuletzt tat: Formulare, Seiten, Downloads."),
    "snooze_until": ("SLA zurückgestellt bis", "Bis dahin ruht die Uhr."),
    "snooze_reason": ("SLA Grund der Rückstellung", "Warum die Uhr ruhen soll."),
    "dispute": (
        "SLA Einspruch",
        "Ankreuzen, wenn sie dem Lead nicht gerecht wird.",
    ),
    "dispute_reason": ("SLA Grund des Einspruchs", "Warum: Ihre Führungskraft entscheidet."),
    "dispute_decision": ("SLA Entscheidung", "Füllt Ihre Führungskraft aus."),
    "nurture_path": ("SLA Nurture-Pfad", "Womit das Marketing weitermacht."),
}
FIELDS: Mapping[Language, Mapping[str, tuple[str, str]]] = {
    Language.EN: _ENGLISH,
    Language.DE: _GERMAN,
}
"""By slasync's words: a label, and a text that helps."""

_GERMAN_VALUES = {
    "open": "Offen",
    "overdue": "Überfällig",
    "stale": "Liegen geblieben",
    "snoozed": "Zurückgestellt",
    "disputed": "Einspruch erhoben",
    "touched": "Kontaktiert",
    "waiting for record": "Wartet auf den Datensatz",
    "converted": "Konvertiert",
    "recycled": "Zurück an das Marketing",
    "disqualified": "Disqualifiziert",
    "enrolled": "In einem Nurture-Programm",
    "with_sales": "Beim Vertrieb",
    "accepted": "Stattgegeben",
    "refused": "Abgelehnt",
}


def value_label(language: Language, written: str) -> str:
    """Return how a value is shown; where nothing is said of it, as it is written."""
    of_language = _GERMAN_VALUES if language is Language.DE else {}
    return of_language.get(written) or written.replace("_", " ").capitalize()

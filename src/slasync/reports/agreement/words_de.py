"""The agreement in German. Spans of time are dative: write "nach 2 Tagen", "von 2 Tagen"."""
# ruff: noqa: RUF001 - dashes and signs as the language has them

from slasync.reports.agreement.language import Language
from slasync.reports.agreement.names_de import NAMES
from slasync.reports.agreement.purpose_de import PURPOSE
from slasync.reports.agreement.returns_de import RETURNS

NAMED = NAMES | PURPOSE | RETURNS

PHRASES = NAMED | {
    # words
    "dash": "–",
    "times": " × ",
    "then": " → ",
    "thing": "‹{name}›",
    "text.both": "{own} (auf Englisch: {other})",
    "and": "und",
    "or": "oder",
    "missing": "nicht vereinbart",
    "moment": "{day}, {time} Uhr ({utc})",
    "made_from": (
        "Dieses Dokument ist aus der Konfiguration erzeugt, mit der slasync läuft."
        " Wörter in `dieser Schrift` stehen so in der Konfiguration."
    ),
    "subtitle": "Vereinbarung zwischen Marketing und Vertrieb",
    "version": "Fassung",
    "hash": "Hash dieser Fassung",
    "others": "Weitere Festlegungen",
    "side.marketing": "das Marketing",
    "side.sales": "der Vertrieb",
    "at_side.marketing": "Marketing",
    "at_side.sales": "Vertrieb",
    # rules
    "rule.eq": "{field} ist {value}",
    "rule.ne": "{field} ist nicht {value}",
    "rule.ge": "{field} ist mindestens {value}",
    "rule.gt": "{field} ist über {value}",
    "rule.le": "{field} ist höchstens {value}",
    "rule.lt": "{field} ist unter {value}",
    "rule.eq.null": "{field} hat keinen Wert",
    "rule.ne.null": "{field} hat einen Wert",
    "rule.holds": "{field} enthält {value}",
    # 3 scoring
    "scoring": "3. Lead-Scoring",
    "scoring.none": "Es ist kein Scoring-Modell vereinbart.",
    "scoring.computed_by": "Berechnet von",
    "scoring.fit": "Eignung: was der Lead ist",
    "scoring.interest": "Interesse: was der Lead tut",
    "scoring.note": "Anmerkung",
    "scoring.check": (
        "**Vergleichspunktzahl.** Daneben berechnet slasync eine eigene Punktzahl, die nichts"
        " entscheidet. Nach ihr qualifiziert sich ein Lead mit {threshold}."
    ),
    "scoring.threshold.total": "{points} Punkten insgesamt",
    "scoring.threshold.fit": "{points} Punkten für Eignung",
    "scoring.threshold.interest": "{points} Punkten für Interesse",
    "scoring.check_fit": "Eignung, bis zu {cap} Punkte:",
    "scoring.check_interest": "Interesse, bis zu {cap} Punkte:",
    "scoring.criterion": "{name}: {rule} – {points}",
    "scoring.event": "{name}: {what} – jedes Mal {points}",
    "scoring.decaying_event": "{name}: {what} – jedes Mal {points}, nach {span} die Hälfte",
    "scoring.per": "jede Einheit, um die {field} steigt",
    "scoring.per_when": "{per}, sofern {rule}",
    "scoring.differs": (
        "Die beiden Punktzahlen widersprechen sich, wenn mehr als {points} dazwischen liegen."
    ),
    "scoring.immediate": "**Sofort handeln.** Jedes davon verlangt, dass jemand sofort handelt:",
    "scoring.urgent": "{name}: {rule} – für die Dauer des Zyklus",
    "scoring.urgent_for": "{name}: {rule} – innerhalb von {span}",
    "channel.meeting": "ein Termin",
    "channel.call": "ein Anruf",
    "channel.email": "eine E-Mail",
    "plus": "+",
    "minus": "−",
    # 4 response
    "response": "4. Reaktion auf Leads",
    "response.routing": (
        "**Verteilung.** Übergebene Leads gehen an den Pool {pool}, reihum an dessen Mitglieder."
    ),
    "response.routing_rules": (
        "**Verteilung.** Für einen übergebenen Lead entscheidet, was davon zuerst zutrifft:"
    ),
    "response.rule": "{name}: {rule} – an {to}",
    "response.every_lead": "jeder Lead",
    "response.territory": "{name}: {field} ist {values} – an den Pool {pool}",
    "response.starts_with": "{value}…",
    "response.rest": "alle anderen – an den Pool {pool}, reihum an dessen Mitglieder",
    "destination.account_owner": "die Person, der im CRM der Account des Unternehmens gehört",
    "response.account_match": (
        "Den Account bestimmen {by}. Passen mehrere gleich gut, zählt keiner davon."
    ),
    "response.providers": "Diese Domains gehören keinem einzelnen Unternehmen: {domains}.",
    "response.family_top": (
        "Gehören mehrere, die passen, zu einer Unternehmensgruppe, zählt der an ihrer Spitze."
    ),
    "match_by.contact": "der Kontakt der Person im CRM",
    "match_by.email": "die Domain der E-Mail-Adresse",
    "match_by.website": "die Website",
    "match_by.name": "der Name des Unternehmens",
    "destination.queue": "die Warteschlange {name}",
    "destination.pool": "den Pool {name}",
    "response.fresh": (
        "Eine Stufe greift erst, wenn alles aus den Systemen gelesen ist, was bis zu ihrer Zeit"
        " geschah: Niemand wird für etwas gemahnt, das getan und nur noch nicht gesehen ist."
    ),
    "clock.first_touch": "Erster Kontakt",
    "clock.acceptance": "Annahme",
    "clock.processing": "Bearbeitung",
    "clock.next_attempt": "Nächster Kontaktversuch",
    "clock.enrolment": "Aufnahme zurückgekommener Leads",
    "response.start": "Beginnt mit",
    "response.only_for": "Nur bei Übergaben durch",
    "response.ends": "Endet mit",
    "response.pauses": "Ruht",
    "response.no_pauses": "nie",
    "response.counts": "Gezählt werden",
    "response.calendar": "{unit} des Kalenders {calendar}",
    "response.calendar_by": (
        "{unit} eines Kalenders nach dem Feld {field} des Leads: {calendars}; sonst {calendar}"
    ),
    "response.follows.owner": (
        "{unit} im Kalender der Person, der der Lead zu der Zeit gehört, sonst in dem ihres Teams,"
        " sonst in {calendar}; was vor einem Wechsel gezählt ist, bleibt gezählt"
    ),
    "response.follows.owner_in_zone": (
        "{unit} im Kalender der Person, der der Lead zu der Zeit gehört, sonst in den Stunden ihres"
        " Teams nach ihrer eigenen Uhr, sonst in {calendar}; was vor einem Wechsel gezählt ist,"
        " bleibt gezählt"
    ),
    "response.follows.team": (
        "{unit} im Kalender des Teams, das den Lead zu der Zeit hat, sonst in {calendar}; was vor"
        " einem Wechsel gezählt ist, bleibt gezählt"
    ),
    "response.calendar_of": "{value}: {calendar}",
    "response.pool_calendar": "des Pools, dem der Lead gehört",
    "response.deadline": "Zu handeln bis",
    "response.deadline_after": "zum Ablauf von {offset} nach Beginn",
    "response.next_rung": "zur nächsten Stufe",
    "response.new_owner": "Wechselt die Zuständigkeit",
    "response.evidence": "Als Kontakt zählt",
    "unit.calendar_days": "Kalendertage",
    "unit.business_days": "Arbeitstage",
    "unit.business_hours": "Arbeitsstunden",
    "unit.business_minutes": "Arbeitsminuten",
    "start.handover": "der Übergabe vom Marketing an den Vertrieb",
    "start.assignment": "der Zuteilung an eine Person, bei jeder neuen Person von vorn",
    "start.accepted": "der Annahme durch den Vertrieb",
    "start.attempt": "einem Kontaktversuch, bei jedem neuen Versuch von vorn",
    "start.recycled": "der Rückgabe des Leads an das Marketing",
    "start.immediate": "einem Kaufsignal, das sofortiges Handeln verlangt (Teil 3)",
    "start.queue": "dem Eingang in einer Warteschlange, jedes Mal von vorn",
    "start.reaches": "dem Erreichen der Stufe {stage}, jedes Mal von vorn",
    "start.when": "dem Eintreten von: {rule}, jedes Mal von vorn",
    "start.when_at": "dem Eintreten von: {rule}, ab der Zeit in {field}, jedes Mal von vorn",
    "end.touch": "dem ersten Kontakt durch einen Menschen",
    "end.accepted": "der Annahme durch den Vertrieb",
    "end.converted": "der Konvertierung",
    "end.recycled": "der Rückgabe an das Marketing",
    "end.disqualified": "der Disqualifizierung",
    "end.deleted": "dem Löschen des Leads",
    "end.enrolled": "der Aufnahme in ein Nurture-Programm",
    "end.with_sales": "der Rückkehr des Leads zum Vertrieb",
    "end.taken": "der Übernahme durch eine Person",
    "end.reaches": "dem Erreichen der Stufe {stage}",
    "end.leaves": "dem Verlassen der Stufe {stage}",
    "end.when": "dem Eintreten von: {rule}",
    "end.when_at": "dem Eintreten von: {rule}, ab der Zeit in {field}",
    "grade.strong": "ein Anruf mit Ergebnis, eine E-Mail, ein Termin oder ein Kommentar",
    "grade.weak": "eine nur abgehakte Aufgabe",
    "pause.statuses": "solange der Status des Leads {statuses} ist",
    "pause.absent": "solange die zuständige Person abwesend ist",
    "pause.when": "solange dies erfüllt ist: {rule}",
    "on_reassign.restart.one": (
        "beginnt für die neue Person die ganze Leiter von vorn, einmal je Zyklus; danach geht der"
        " Lead in die Warteschlange des Pools"
    ),
    "on_reassign.restart.many": (
        "beginnt für die neue Person die ganze Leiter von vorn, höchstens {number}-mal je Zyklus;"
        " danach geht der Lead in die Warteschlange des Pools"
    ),
    "on_reassign.restart.none": "geht der Lead in die Warteschlange des Pools",
    "on_reassign.continue": "läuft die Uhr weiter",
    "on_reassign.minimum_grace": (
        "läuft die Uhr weiter, und der neuen Person bleibt eine Frist von mindestens {grace}"
    ),
    "rung.when": "Wann",
    "rung.what": "Was geschieht",
    "rung.name": "Stufe",
    "rung.at_once": "sofort",
    "rung.at_opening": "sofort; wenn geschlossen ist, bei der nächsten Öffnung",
    "rung.after": "nach {offset}",
    "rung.attempts_from.one": "{after}, ab 1 Versuch",
    "rung.attempts_from.many": "{after}, ab {number} Versuchen",
    "rung.attempts_below.one": "{after}, solange es keinen Versuch gab",
    "rung.attempts_below.many": "{after}, bei weniger als {number} Versuchen",
    "rung.attempts_exactly.one": "{after}, bei genau 1 Versuch",
    "rung.attempts_exactly.many": "{after}, bei genau {number} Versuchen",
    "rung.attempts_between": "{after}, bei {least} bis {most} Versuchen",
    "effect.task": "Aufgabe für {role}: {text}",
    "effect.digest": "Zeile in der nächsten Sammelmeldung an {role}: {text}",
    "response.snooze": "Wer einen Lead hat, darf ihn zurückstellen; dann ruhen: {clocks}.",
    "snooze.at_most": "jedes Mal spätestens nach {span} zu Ende",
    "snooze.times.one": "einmal in einem Zyklus",
    "snooze.times.many": "{number}-mal in einem Zyklus",
    "snooze.reason": "nur mit einem Grund",
    "response.dispute": (
        "Wer einen Lead hat, darf einer Überfälligkeit widersprechen; dann ruhen: {clocks}. Die"
        " Führungskraft entscheidet binnen {within}. Gibt sie dem Einspruch statt, zählt die"
        " Überfälligkeit nicht."
    ),
    "effect.flag_stale": "der Lead wird als liegen geblieben markiert: {text}",
    "effect.flag_stale.plain": "der Lead wird als liegen geblieben markiert",
    "effect.reassign": "der Lead geht an das nächste Mitglied des Pools",
    "effect.recycle": "der Lead geht zurück an das Marketing, Grund: {reason}",
    "effect.recycle.status": (
        "der Lead geht zurück an das Marketing, Grund: {reason}, mit dem Status {status}"
    ),
    "effect.notify": "Nachricht an {role}, innerhalb der Arbeitszeit: {text}",
    "effect.notify.via": "Nachricht an {role} per {via}, innerhalb der Arbeitszeit: {text}",
    "effect.status": "der Lead bekommt den Status {status}",
    "effect.status.reason": "der Lead bekommt den Status {status}, Grund: {reason}",
    "effect.property": "{field} bekommt im Marketingsystem den Wert {value}",
    "effect.property.cleared": "{field} wird im Marketingsystem geleert",
    "effect.list": "der Lead kommt auf die Liste {list} im Marketingsystem",
    "effect.programme": "das Programm {programme} im Marketingsystem beginnt, mit: {text}",
    "effect.programme.plain": "das Programm {programme} im Marketingsystem beginnt",
    "effect.list.remove": "der Lead wird von der Liste {list} im Marketingsystem genommen",
    "via.smtp": "E-Mail",
    "via.webhook": "Chat",
    "effect.other": "{kind} für {role}: {text}",
    "effect.other.alone": "{kind}: {text}",
    "effect.other.plain": "{kind}",
    "role.owner": "die zuständige Person",
    "role.manager": "deren Führungskraft",
    "role.leadership": "die Vertriebsleitung",
    "role.marketing": "das Marketing",
    "role.pool": "alle im Pool",
    # 6 KPIs
    "kpis": "6. Kennzahlen und Ziele",
    "kpis.none": "Es sind keine Kennzahlen vereinbart.",
    "kpis.kpi": "Kennzahl",
    "kpis.formula": "Formel",
    "kpis.target": "Ziel",
    "kpis.alarm": "Alarm",
    "kpis.below": "unter {share}",
    "kpis.measured": "{formula} (Uhr {clock}, vor der Stufe {rung})",
    "kpis.measured_by": "{formula} (Uhr {clock})",
    "none": "keine",
    # 7 stages
    "stages": "7. Phasen, Zuständigkeit und Übergabepunkte",
    "stages.order": "Reihenfolge",
    "stages.without": "Stufen, die es hier nicht gibt",
    "stages.stage": "Phase",
    "stages.owner": "Zuständig",
    "stages.status": "Status im CRM",
    "stages.moves": "Darf übergehen in",
    "stages.allowed_moves": "Erlaubte Übergänge",
    "stages.hand_overs": "Übergabepunkte",
    "stages.no_hand_overs": "Es sind keine Übergabepunkte vereinbart.",
    "stages.hand_over": "Von {begins} zu {ends}: Es übergibt {gives}, es übernimmt {takes}.",
    "stages.marketing_owes": "Was das Marketing schuldet",
    "stages.nothing_owed": "Nicht vereinbart, was das Marketing schuldet.",
    "stages.quota": "MQLs",
    "stages.quota_all": "{mqls} im Monat",
    "stages.quota_part": "mindestens {share} von {mqls} im Monat",
    "stages.completeness": "Vollständigkeit bei der Übergabe",
    "stages.complete_all": "bei jedem Lead sind ausgefüllt: {fields}",
    "stages.complete_part": "bei mindestens {share} der Leads sind ausgefüllt: {fields}",
    "stages.enrolment": "Leads, die zurückkommen",
    "stages.enrol_all": "jeder ist innerhalb von {span} in einem Nurture-Programm",
    "stages.enrol_part": "mindestens {share} sind innerhalb von {span} in einem Nurture-Programm",
    "stages.enrol_seen": "zu erkennen an {rule}",
    "stages.enrol_seen_at": "zu erkennen an {rule}, seit wann an {field}",
    "stages.enrol_unseen": "woran es zu erkennen ist, ist nicht vereinbart",
    "stages.sales_owes": "Was der Vertrieb schuldet",
    "stages.sales_owes_clocks": "Die Fristen aus Teil 4: {clocks}.",
    # 8 period
    "period": "8. Zeitraum",
    "period.dates": "Gültig",
    "period.from_to": "vom {begins} bis zum {ends}, beide eingeschlossen",
    "period.after": "Danach",
    "period.goes_on": (
        "laufen die Uhren weiter, bis eine neue Vereinbarung in Kraft ist, mit einer Warnung"
    ),
    "period.on_change": "Leads, die offen sind, wenn diese Fassung in Kraft tritt",
    "on_change.recompute": "sie gilt sofort auch für sie; was geschehen ist, bleibt geschehen",
    "on_change.keep": "ihr Ablauf endet nach der Fassung, nach der er begonnen hat",
    "on_change.grandfather": (
        "sie gilt für sie, soweit sie nicht strenger ist als die Fassung davor: von zwei"
        " Fälligkeiten die spätere, und keine neuen Stufen"
    ),
    "period.effective": "Gilt für Leads, die übergeben werden ab",
    "period.first_start": "dem ersten Start von slasync",
    "period.review": "Überprüfung durch beide Leitungen",
    "period.every_signed": "nach jeweils {span}, gezählt ab den Unterschriften",
    "period.every": "nach jeweils {span}; die nächste bis zum {day}",
    "period.reviewed": "Zuletzt überprüft",
    # 9 sign-off
    "sign_off": "9. Unterschriften",
    "sign_off.who": "Name",
    "sign_off.role": "Funktion",
    "sign_off.on": "Datum",
    "sign_off.hash": "Hash",
    "sign_off.signature": "Unterschrift",
    "sign_off.nobody": "Diese Fassung hat noch niemand unterschrieben.",
    "sign_off.both": "Beide Seiten haben diese Fassung unterschrieben.",
    "sign_off.open": "{side}: noch nicht unterschrieben.",
    "sign_off.other": "{side}: Unterschrieben ist eine andere Fassung, nicht diese.",
    "sign_off.unknown": "{side}: Unterschrieben; welche Fassung, geht nicht daraus hervor.",
    "sign_off.how": (
        "Was unterschrieben wird, hat den Hash {hash}. Namen, Funktionen, Daten und dieser Hash"
        " werden unter `sign_off` in agreement.yaml eingetragen; die Unterschriften selbst gehören"
        " nicht zum Hash. slasync warnt, wenn es mit etwas anderem läuft, als unterschrieben ist."
    ),
    # annexes
    "calendars": "Anhang A. Kalender",
    "calendars.zone": "Zeitzone",
    "calendars.hours": "Geöffnet",
    "calendars.always_closed": "nie",
    "calendars.hours_of": "{days} {hours}",
    "calendars.from_to": "{first} bis {last}",
    "calendars.interval": "{opens}–{closes} Uhr",
    "calendars.next_day": "{opens}–{closes} Uhr (Folgetag)",
    "calendars.holidays": "Feiertage {year}",
    "calendars.no_holidays": "Feiertage",
    "calendars.holiday": "{day} ({name})",
    "calendars.overrides": "Ausnahmen",
    "calendars.closed": "{day} geschlossen",
    "calendars.open": "{day} {hours}",
    "calendars.covers": (
        "Aufgeführt sind die Tage vom {begins} bis zum {ends}; spätere folgen denselben Regeln."
    ),
    "teams": "Anhang B. Teams",
    "teams.members": "Mitglieder",
    "teams.manager": "Führungskraft, wo das CRM keine nennt",
    "teams.leadership": "Vertriebsleitung",
    "teams.queue": "Warteschlange",
    "teams.calendar": "Kalender",
    "fields": "Anhang C. Felder",
    "fields.field": "Feld",
    "fields.meaning": "Bedeutung",
}

GERMAN = Language(
    code="de",
    phrases=PHRASES,
    units={
        "d": ("Tag", "Tagen"),
        "d.alone": ("Tag", "Tage"),
        "h": ("Stunde", "Stunden"),
        "min": ("Minute", "Minuten"),
        "s": ("Sekunde", "Sekunden"),
        "points": ("Punkt", "Punkte"),
        "calendar_days": ("Kalendertag", "Kalendertagen"),
        "business_days": ("Arbeitstag", "Arbeitstagen"),
        "business_hours": ("Arbeitsstunde", "Arbeitsstunden"),
        "business_minutes": ("Arbeitsminute", "Arbeitsminuten"),
    },
    months=(
        "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September",
        "Oktober", "November", "Dezember",
    ),
    weekdays=(
        "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag",
    ),
    date_form="{day}. {month} {year}",
    day_form="{day}. {month}",
    percent="{} %",
    money="{amount} {currency}",
    decimal=",",
    group=".",
    quotes=("„", "“"),
)  # fmt: skip

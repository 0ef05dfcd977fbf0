"""The dashboard's words in German: of single pages."""

from collections.abc import Mapping
from types import MappingProxyType

GERMAN_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "queue.title": "Was als Nächstes fällig ist",
        "queue.intro": "Leads in Arbeit, die nächste Frist zuerst.",
        "queue.filter": "Diese zeigen",
        "queue.empty": "Kein Lead in Arbeit passt dazu.",
        "filter.open": "unberührt, im Zeitrahmen",
        "filter.touched": "in Bearbeitung",
        "filter.overdue": "überfällig",
        "filter.stale": "liegen geblieben",
        "filter.late": "überfällig oder liegen geblieben",
        "filter.waiting": "noch nicht im CRM",
        "lead.eyebrow": "Lead",
        "lead.owner": "Zuständig:",
        "lead.no_owner": "Niemand hat ihn",
        "lead.due": "Nächste Frist:",
        "lead.open": "In {system} öffnen ({kind})",
        "lead.nothing": "Warum nichts geschah:",
        "lead.clocks": "Uhren",
        "lead.next": "Was als Nächstes kommt",
        "lead.timeline": "Was geschah",
        "lead.timeline.intro": (
            "Tatsachen, Entscheidungen und Änderungen, die neuesten zuerst, nach der Zeit des "
            "Geschehens."
        ),
        "lead.learned": "bekannt geworden {at}",
        "lead.record": "zum Datensatz",
        "lead.known": "Wer das ist",
        "lead.misses": "Was beinahe geschah",
        "lead.explained": "Vollständig erklärt",
        "lead.explained.intro": "Dieselben Worte wie bei",
        "clock.running": "läuft",
        "clock.ended": "beendet: {how}",
        "clock.since": "seit {at}, Kalender {calendar}",
        "clock.until": "beendet {at}",
        "clock.stops": "Was sie anhalten würde",
        "stop.touch": "jemand meldet sich: ein Anruf, eine E-Mail, ein Termin",
        "stop.touch_or_status": (
            "jemand handelt: ein Anruf, eine E-Mail, ein Termin, ein neuer Status"
        ),
        "stop.strong": "eine erledigte Aufgabe zählt nur mit Ergebnis oder Kommentar",
        "stop.accepted": "der Lead wird angenommen",
        "stop.converted": "der Lead wird konvertiert",
        "stop.recycled": "der Lead geht an das Marketing zurück",
        "stop.disqualified": "der Lead wird disqualifiziert",
        "stop.deleted": "der Lead wird gelöscht",
        "stop.enrolled": "das Marketing nimmt den Lead in ein Pflegeprogramm auf",
        "stop.with_sales": "der Lead wird erneut übergeben, oder jemand vom Vertrieb nimmt ihn auf",
        "stop.taken": "jemand übernimmt den Lead",
        "stop.stage": "der Lead kommt auf eine andere Stufe, wie vereinbart",
        "stop.rule": "was von seinen Feldern vereinbart ist, tritt ein",
        "rung.state.fired": "war fällig",
        "rung.state.superseded": "von einer höheren überholt",
        "rung.state.missed": "ihre Zeit war vorher um",
        "rung.state.not_reached": "nicht mehr nötig",
        "rung.state.not_meant": "für eine andere Zahl von Versuchen",
        "rung.state.not_fired": "nicht geschehen",
        "rung.state.waiting_for_record": "wartet auf den Datensatz im CRM",
        "rung.state.waiting_for_data": "wartet auf Daten",
        "rung.state.paused": "die Uhr steht still",
        "rung.state.due": "jetzt fällig",
        "rung.state.to_come": "steht aus",
        "event.fact": "Geschehen",
        "event.ours": "Von slasync vermerkt",
        "event.decision": "Entschieden",
        "event.write": "Geschrieben",
        "find.title": "Lead suchen",
        "find.several": "{n} Leads sind als {asked} bekannt.",
        "find.none": "Kein Lead ist als {asked} bekannt.",
        "find.how": (
            "Ein Lead wird gefunden über die ganze E-Mail-Adresse, die Kennung in Salesforce "
            "(15 oder 18 Zeichen) oder HubSpot oder seinen Schlüssel."
        ),
        "teams.intro": "Wer im Verzug ist, steht oben.",
        "teams.queue": "Warteschlange des Teams",
        "teams.manager": "Leitung: {who}",
        "teams.calendar": "Kalender {name}",
        "teams.others": "In keinem Team",
        "funnel.intro": (
            "Wo {n} {n:Lead jetzt steht|Leads jetzt stehen} und wie weit"
            " {n:er gekommen ist|sie gekommen sind}."
        ),
        "funnel.steps": "Von Phase zu Phase",
        "funnel.reached": "Dort oder weiter",
        "funnel.here": "Jetzt dort",
        "funnel.conversion": "Von denen davor",
        "funnel.how": (
            "Gezählt nach dem jetzigen Stand. Recycelte und disqualifizierte Leads stehen "
            "daneben; der Monatsbericht zählt nach Kohorten."
        ),
        "funnel.month": "Dieser Monat bisher, nach der Vereinbarung",
        "funnel.month.making": "Der Monat wird gerade gemessen; danach steht er hier.",
        "funnel.velocity": "Übergebene Leads, Woche für Woche",
        "funnel.velocity.words": "{rate} in den letzten vier Wochen gegenüber den vier davor.",
        "funnel.velocity.unknown": "Es gibt noch nichts zum Vergleichen.",
        "funnel.week": "Woche ab",
        "accounts.account": "Firma",
        "accounts.intro": "Firmen nach ihren Leads; die mit den meisten Leads in Arbeit zuerst.",
        "accounts.leads": "Leads",
        "accounts.name": "Name der Firma",
        "accounts.none": "Keine Firma passt dazu.",
        "accounts.now": "Ihre Leads sind bei",
        "accounts.reached": "Am weitesten gekommen",
        "survey.making": (
            "Alle Leads werden zum ersten Mal durchgesehen; danach zeigt diese Seite das Ergebnis."
        ),
        "survey.as_of": "{n} {n:Lead|Leads}, durchgesehen {at}; höchstens alle 15 Minuten erneut.",
        "quality.filled": "Wie vollständig die Daten sind",
        "quality.all": "Insgesamt",
        "quality.share": "Anteil",
        "quality.no_source": "ohne Quelle",
        "quality.aged": "Wie alt die Werte sind",
        "quality.aged.intro": (
            "Das Alter im Median und der Anteil der Werte, die sich seit mehr als einem Jahr nicht "
            "geändert haben. Hat slasync keine Änderung gesehen, zählt ein Wert ab der zuerst "
            "gelesenen Fassung seines Datensatzes und kann älter sein."
        ),
        "quality.median": "Median, Tage",
        "quality.over_a_year": "Über ein Jahr",
        "quality.ages": "Wie alt die Datensätze sind",
        "quality.ages.intro": "Datensätze nach der letzten Änderung in ihrem System.",
        "quality.system": "System",
        "age.week": "7 Tage",
        "age.month": "30 Tage",
        "age.quarter": "90 Tage",
        "age.year": "ein Jahr",
        "age.older": "älter",
        "quality.doubles": "Mögliche Dubletten",
        "quality.no_doubles": "Keine zwei Leads teilen eine Adresse oder Telefonnummer.",
        "quality.share_it": "{n} Leads teilen sie",
        "quality.lacks": "Was fehlt",
        "quality.since": "Seit",
        "quality.what": "Was",
        "quality.nothing": "Nichts fehlt.",
        "lack.no_reason": "ohne Grund",
        "lack.no_path": "kein Pfad für den Grund",
        "lack.unknown_path": "unbekannter Pfad gewählt",
        "lack.unclassified": "von niemand Bekanntem getan",
        "agreement.in_force": "{name}, Version {version}, wie sie läuft.",
        "agreement.earlier": "Diese Ausgabe trat {at} in Kraft und ist nicht die jetzige.",
        "agreement.to_present": "Zur jetzigen",
        "agreement.unreadable": "Diese Ausgabe kann nicht mehr gezeigt werden:",
        "agreement.history": "Ausgaben",
        "agreement.never": (
            "Noch ist keine Ausgabe aufbewahrt: slasync tut das ab dem ersten Start."
        ),
        "agreement.review": "Die nächste Überprüfung steht am {day} an.",
        "change.recompute": "offene Leads wurden neu beurteilt",
        "change.keep": "offene Leads behielten ihre Fristen",
        "change.grandfather": "offene Leads bleiben bei der vorigen",
        "systems.intro": "Was slasync liest und schreibt, wie frisch das ist und was wartet.",
        "systems.fresh": "frisch",
        "systems.late": "im Rückstand",
        "systems.stream": "Datenstrom",
        "systems.streams": "Datenströme von {system}",
        "systems.known_to": "Bekannt bis",
        "systems.every": "Gelesen alle",
        "systems.error": "Letzter Fehler",
        "systems.no_error": "keiner",
        "systems.never": "nie gelesen",
        "systems.oldest": "älteste Änderung wartet seit",
        "systems.calls": "Aufrufe des Tages",
        "systems.spent": "{n} von {all}",
        "systems.forecast": "bei diesem Tempo",
        "systems.lasts": "reichen sie den Tag",
        "systems.ends": "enden sie {at}",
        "systems.stopped": "keine mehr; einige werden wieder frei: {at}",
        "systems.steps": "Die Schritte des Dienstes",
        "systems.no_steps": "Der Dienst startet.",
        "systems.not_yet": "noch nicht",
        "systems.inbox": "Webhook-Ereignisse:",
        "held.intro": (
            "Änderungen über einer Obergrenze oder als Folge sehr vieler Änderungen. Nichts "
            "davon geht hinaus, bevor jemand entscheidet."
        ),
        "held.nothing": "Nichts ist angehalten.",
        "held.writes": "{n} Änderungen sind angehalten",
        "held.writes.one": "Eine Änderung ist angehalten",
        "held.since": "Angehalten seit {at}.",
        "held.folded_at": "Geht sonst in die Zusammenfassungen: {at}.",
        "held.stays": "Bleibt angehalten, bis jemand entscheidet.",
        "held.look": "Ansehen und entscheiden",
        "held.settled": "In den letzten 30 Tagen entschieden",
        "held.batch": "Stapel",
        "held.fate": "Entscheidung",
        "held.decide": "Ihre Entscheidung",
        "held.allow": "Freigeben",
        "held.allow.what": "Alle werden gesendet, {n} in der Stunde je Person.",
        "held.allow.plain": "Alle werden sofort gesendet.",
        "held.allow.button": "{n} Änderungen freigeben",
        "held.allow.button.one": "Eine Änderung freigeben",
        "held.discard": "Ablehnen",
        "held.discard.plain": (
            "Nichts davon wird je gesendet. Die Leitern dieser Leads laufen weiter."
        ),
        "held.discard.button": "{n} Änderungen ablehnen",
        "held.discard.button.one": "Eine Änderung ablehnen",
        "held.fold": "In Zusammenfassungen",
        "held.fold.plain": "Statt Aufgaben gibt es Zeilen in der nächsten Zusammenfassung.",
        "held.fold.button": "{n} Änderungen zusammenfassen",
        "held.fold.button.one": "Eine Änderung zusammenfassen",
        "held.was": "{fate} von {who}, {at}.",
        "held.rows": "{n} Änderungen darin",
        "held.rows.one": "Eine Änderung darin",
        "fate.open": "offen",
        "fate.allowed": "Freigegeben",
        "fate.discarded": "Abgelehnt",
        "fate.folded": "Zusammengefasst",
        "parked.intro": (
            "Was ein System abgelehnt hat, und Datensätze, die nicht zu verstehen waren. Ist "
            "der Grund behoben, lassen Sie es wiederholen."
        ),
        "parked.nothing": "Nichts ist zurückgestellt.",
        "parked.writes": "{n} Änderungen wurden abgelehnt",
        "parked.writes.one": "Eine Änderung wurde abgelehnt",
        "parked.records": "{n} Datensätze liegen beiseite",
        "parked.records.one": "Ein Datensatz liegt beiseite",
        "parked.decided": "Entschieden {at}, {n}-mal versucht.",
        "parked.decided.one": "Entschieden {at}, einmal versucht.",
        "parked.retry": "Erneut versuchen",
        "parked.read_again": "Erneut lesen",
        "parked.discard": "Aufgeben",
        "parked.discard.sure": (
            "Diese Änderung wird nie gesendet. Die Leiter des Leads läuft weiter."
        ),
        "users.intro": (
            "Wer hineinsehen darf. Benutzer werden an der Befehlszeile angelegt, geändert und "
            "entfernt:"
        ),
        "users.local": "Lokale Benutzer",
        "users.none": "Es gibt keine.",
        "users.oidc": "Außerdem lässt {issuer} Personen ein.",
        "users.rank": "Rolle",
        "users.since": "Seit",
        "users.sessions": "Wer angemeldet ist",
        "users.begun": "Seit",
        "users.seen": "Zuletzt gesehen",
        "users.from": "Von",
        "users.end": "Beenden",
        "users.end_all": "Abmelden",
        "audit.intro": (
            "Jede Anmeldung und jede Entscheidung hier sowie jede Änderung an Benutzern, in "
            "einer Kette, die spätere Änderungen zeigt."
        ),
        "audit.check": "Kette prüfen",
        "audit.whole": "Die Kette ist heil: {n} Einträge.",
        "audit.whole.one": "Die Kette ist heil: ein Eintrag.",
        "audit.broken": "Die Kette ist gebrochen:",
        "audit.number": "Nr.",
        "audit.action": "Was",
        "audit.target": "Woran",
        "audit.outcome": "Ausgang",
        "audit.here": "Befehlszeile",
        "outcome.done": "getan",
        "outcome.refused": "abgewiesen",
        "deed.login": "Anmeldung",
        "deed.logout": "Abmeldung",
        "deed.held.allow": "Stapel freigegeben",
        "deed.held.discard": "Stapel abgelehnt",
        "deed.held.fold": "Stapel zusammengefasst",
        "deed.parked.retry": "Zurückgestelltes: erneut",
        "deed.parked.discard": "Zurückgestelltes: aufgegeben",
        "deed.sessions.end": "Sitzungen beendet",
        "deed.users.add": "Benutzer angelegt",
        "deed.users.role": "Rolle geändert",
        "deed.users.password": "Passwort geändert",
        "deed.users.remove": "Benutzer entfernt",
        "login.title": "Anmelden",
        "login.name": "Name",
        "login.password": "Passwort",
        "login.go": "Anmelden",
        "login.or": "oder",
        "login.oidc": "Mit dem Firmenkonto anmelden",
        "login.wrong": "Name und Passwort gehören nicht zusammen.",
        "login.wait": "Zu viele Versuche. Der nächste zählt ab {at}.",
        "login.no_local": "Hier melden sich alle mit dem Firmenkonto an.",
        "login.failed": "Sie wurden nicht angemeldet",
        "login.again": "Erneut versuchen",
        "login.state": (
            "Diese Anmeldung wurde anderswo begonnen, schon benutzt oder hat zu lange gedauert."
        ),
        "login.no_role": "Ihr Konto hat hier keine Rolle. Fragen Sie, wer slasync betreibt.",
        "login.provider": (
            "Der Identitätsanbieter konnte nicht für Sie bürgen. Das Log nennt den Grund."
        ),
        "login.ended": "Sie sind abgemeldet",
        "login.ended.why": "Die Sitzung ist beendet; nichts wurde getan.",
        "forbidden.title": "Dafür reicht Ihre Rolle nicht",
        "forbidden.why": "Es braucht die Rolle {needed}.",
        "stale_form.title": "Nichts wurde getan",
        "stale_form.why": (
            "Das Formular gehörte nicht zu dieser Sitzung. Gehen Sie zurück, laden Sie die "
            "Seite neu und versuchen Sie es noch einmal."
        ),
        "missing.title": "Diese Seite gibt es nicht",
        "missing.why": (
            "Vielleicht wurde der Lead entfernt, oder die Adresse ist nicht vollständig."
        ),
        "first.title": "Noch kann sich niemand anmelden",
        "first.why": (
            "Die Übersicht zeigt nichts, bevor es einen Benutzer gibt. Legen Sie einen an, auf "
            "dem Rechner, auf dem slasync läuft:"
        ),
        "first.how": "Der Befehl fragt nach einem Passwort. Laden Sie danach diese Seite neu.",
        "said.held.allowed": "{n} Änderungen werden gesendet.",
        "said.held.allowed.one": "Eine Änderung wird gesendet.",
        "said.held.discarded": "{n} Änderungen wurden abgelehnt.",
        "said.held.discarded.one": "Eine Änderung wurde abgelehnt.",
        "said.held.folded": "{n} Änderungen kommen in Zusammenfassungen.",
        "said.held.folded.one": "Eine Änderung kommt in Zusammenfassungen.",
        "said.held.changed": (
            "Nichts wurde getan: Der Stapel hat sich seitdem geändert, oder es wurde schon "
            "entschieden. Bitte neu ansehen."
        ),
        "said.held.gone": "Diesen Stapel gibt es nicht mehr.",
        "said.held.no_digest": "Nichts wurde getan: Keine Zusammenfassung erreicht jemanden.",
        "said.parked.again": "Es wird wiederholt.",
        "said.parked.overtaken": (
            "Nicht wiederholt: Eine spätere Änderung derselben Sache kam zuvor."
        ),
        "said.parked.discarded": "Es ist aufgegeben.",
        "said.parked.gone": (
            "Nichts wurde getan: Es ist nicht mehr zurückgestellt oder lässt sich nicht einzeln "
            "lesen."
        ),
        "said.sessions.ended": "{n} Sitzungen wurden beendet.",
        "said.sessions.ended.one": "Eine Sitzung wurde beendet.",
    }
)

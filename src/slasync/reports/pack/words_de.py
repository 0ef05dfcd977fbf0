"""The pack in German."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "title": "Marketing und Vertrieb, {month}",
    "agreement": "Vereinbarung {name}, Version {version} (Ausgabe {hash})",
    "as_of": "Stand {now}. Bekannt ist, was bis {known_to} geschehen ist; Zeiten in {zone}.",
    "so_far": "Der Monat ist noch nicht vorbei: alle Zahlen sind vorläufig.",
    "over": "Der Monat ist vorbei. Was später bekannt wird, berichtigt die Zahlen noch.",
    "alarms": "Alarme",
    "alarm.rings": "{title}: {value}, Alarm gilt unter {below}.",
    "alarm.may": (
        "{title}: bisher {value}, Alarm gilt unter {below}; was offen ist, kann das noch "
        "ändern."
    ),
    "formulas": "Wie die Zahlen entstehen",
    "contents": "Kapitel",
    "notes": "Was man zu den Zahlen wissen muss",
    "date": "%d.%m.%Y",
    "note.began_later": (
        "slasync urteilt erst seit {at}: was vorher übergeben wurde, ist nicht enthalten."
    ),
    "note.no_opportunities": (
        "Verkaufschancen werden nicht aus dem CRM gelesen: über Aufträge und Beträge ist "
        "nichts bekannt"
        " (einzuschalten in der connector.yaml des CRM)."
    ),
    "note.foreign_currency": (
        "{count} {count:Verkaufschance|Verkaufschancen} in anderer Währung"
        " {count:zählt|zählen} ohne Betrag."
    ),
    "note.weighed_as_agreed": (
        "{count} offene {count:Verkaufschance zählt|Verkaufschancen zählen} mit den"
            " Wahrscheinlichkeiten der Vereinbarung."
    ),
    "note.weighed_by_crm": (
        "{count} offene {count:Verkaufschance zählt|Verkaufschancen zählen} mit den"
            " eigenen Wahrscheinlichkeiten des CRM: für"
        " ihre Phasen nennt die Vereinbarung keine (definitions.opportunities)."
    ),
    "note.won_without_amount": "{count} der gewonnenen Aufträge {count:hat|haben} keinen Betrag.",
    "note.calibrate": (
        "Vom MQL zum SAL kommt wenig: vielleicht verstehen beide Seiten unter einem "
        "qualifizierten Lead Verschiedenes. `slasync calibrate sample 100` zeigt es."
    ),
    "note.uncovered": (
        "{count} {count:Lead fehlt|Leads fehlen}: der Kalender kennt die Zeit nicht."
    ),
    "note.outages": (
        "Ausfälle: {count}, der längste {hours} h ({streams}): ihre Arbeitszeit wird niemandem "
        "angelastet."
    ),
    "figure": "Kennzahl", "value": "Wert", "of": "Gezählt", "target": "Ziel", "standing": "Stand",
    "of.share": "{count} von {of}", "of.open": "{open} offen", "of.unknown": "{unknown} unbekannt",
    "of.open.besides": "weitere {open} offen", "of.unknown.besides": "weitere {unknown} unbekannt",
    "of.only": "von {of}",
    "original": "{original} vor Berichtigung",
    "none": "\u2013",
    "empty": "nicht angegeben",
    "first": "Die ersten {shown} von {total}.",
    "at_least": "mindestens {target}",
    "no_data": "Es gibt noch nichts zu zeigen.",
    "trend": "{title}, die letzten Monate",
    "month": "Monat",
    "unit.h": "h", "unit.min": "min", "unit.d": "T",
    "decimal": ",", "group": ".", "between": ";",
    "months": "Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    "months.long": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
    ),
    # standings
    "standing.met": "erfüllt", "standing.missed": "nicht erfüllt", "standing.open": "noch offen",
    "standing.unknown": "nicht bekannt", "standing.nothing": "nichts fällig",
    "standing.not_agreed": "",
    # chapters
    "chapter.scorecard_marketing": "Was das Marketing schuldet",
    "chapter.scorecard_sales": "Was der Vertrieb schuldet",
    "chapter.response": "Reaktion",
    "chapter.attempts": "Kontaktversuche und Gespräche",
    "chapter.acceptance": "Annahme",
    "chapter.funnel": "Vom Lead zum Kunden",
    "chapter.orders": "Aufträge",
    "chapter.returns": "Zurückgegebene Leads",
    "chapter.campaigns": "Quellen und Kampagnen",
    "chapter.accounts": "Firmen",
    "chapter.data": "Daten",
    "chapter.assessment": "Reifegrad",
    # figures
    "handed_over": "Übergebene Leads",
    "handed_over.how": "Übergaben vom Marketing an den Vertrieb im Monat",
    "never_touched": "Nie kontaktiert",
    "never_touched.how": (
        "Übergaben, die niemand kontaktiert hat, obwohl ihre Zeit um ist oder sie beendet "
        "sind / diese und die kontaktierten"
    ),
    "touched_in_time": "Rechtzeitig kontaktiert",
    "touched_in_time.how": (
        "Läufe der Erstkontakt-Uhr, die in der Frist endeten / Läufe, die endeten oder deren "
        "Frist um ist"
    ),
    "first_touch_median": "Zeit bis zum Erstkontakt, Median",
    "first_touch_median.how": (
        "Arbeitszeit von der Übergabe bis zum ersten Kontakt durch einen Menschen, ohne "
        "Pausen; der mittlere Wert"
    ),
    "first_touch_p90": "Zeit bis zum Erstkontakt, 90 %",
    "first_touch_p90.how": (
        "Arbeitszeit, in der neun von zehn kontaktierten Leads kontaktiert waren"
    ),
    "breaches": "Verletzungen",
    "breaches.how": (
        "Stufen nach dem Start, die im Monat fällig wurden und auslösten, ohne die, von denen "
        "später bekannt wurde, dass rechtzeitig alles getan war"
    ),
    "attempts": "Kontaktversuche je Lead",
    "attempts.how": "Kontaktversuche im vereinbarten Abstand / Übergaben des Monats",
    "attempts_apart": "Zeit zwischen Versuchen, Median",
    "attempts_apart.how": "Arbeitszeit von einem Versuch zum nächsten derselben Übergabe",
    "spoken_with": "Leads mit Gespräch",
    "spoken_with.how": "Übergaben mit einem Gespräch / Übergaben des Monats",
    "conversations": "Gespräche",
    "conversations.how": "Termine und genügend lange Anrufe zu den Übergaben des Monats",
    "mql_to_sal": "Vom MQL zum SAL",
    "mql_to_sal.how": (
        "vom Vertrieb angenommene oder weitergeführte MQLs / im Monat übergebene MQLs"
    ),
    "rejected": "Abgelehnt",
    "rejected.how": (
        "Übergaben, die ohne Annahme zurückgingen oder disqualifiziert wurden / Übergaben"
    ),
    "rejected_with_reason": "Abgelehnt mit Grund",
    "rejected_with_reason.how": "Ablehnungen mit Grund / Ablehnungen",
    "owed": "Rechtzeitig: {clock}",
    "owed.how": (
        "Läufe der Uhr, die in der Frist endeten / Läufe, die endeten oder deren Frist um ist"
    ),
    "quota": "MQL-Quote",
    "quota.how": "übergebene MQLs / nach vergangenen Arbeitstagen geschuldete MQLs",
    "owed_by_now": "Bis jetzt geschuldete MQLs",
    "owed_by_now.how": "die Monatsmenge, anteilig nach vergangenen Arbeitstagen",
    "owed_in_all": "Im Monat geschuldete MQLs",
    "owed_in_all.how": "die Menge der Vereinbarung für die Arbeitstage in ihrem Zeitraum",
    "completeness": "Vollständig bei Übergabe",
    "completeness.how": (
        "Übergaben, bei denen alle vereinbarten Felder gefüllt waren / Übergaben, von denen "
        "das bekannt ist"
    ),
    "enrolment": "Rechtzeitig im Nurturing",
    "enrolment.how": (
        "zurückgegebene Leads, die in der Frist in ein Programm kamen / Rückgaben, von denen "
        "das bekannt ist"
    ),
    "mql_to_sal.year": "MQL zu SAL, 12 Monate",
    "mql_to_sal.year.how": (
        "angenommene Übergaben aus zwölf Monaten / die nicht mehr als MQL warten"
    ),
    "sal_to_sql.year": "SAL zu SQL, 12 Monate",
    "sal_to_sql.year.how": (
        "qualifizierte Übergaben aus zwölf Monaten / die angenommenen, die dort nicht mehr "
        "warten"
    ),
    "sql_to_opportunity.year": "SQL zu Verkaufschance, 12 Monate",
    "sql_to_opportunity.year.how": (
        "Übergaben aus zwölf Monaten mit Verkaufschance / die qualifizierten, die dort nicht "
        "mehr warten"
    ),
    "opportunity_to_customer.year": "Verkaufschance zu Kunde, 12 Monate",
    "opportunity_to_customer.year.how": (
        "Übergaben aus zwölf Monaten mit Auftrag / die mit Verkaufschance, von denen keine "
        "mehr offen ist"
    ),
    "compound_probability": "Auftragswahrscheinlichkeit",
    "compound_probability.how": "die vier Übergangsquoten aus zwölf Monaten, multipliziert",
    "handover_to_order_median.year": "Von der Übergabe zum Auftrag, Median, 12 Monate",
    "handover_to_order_median.year.how": "der Übergaben aus zwölf Monaten, die zum Auftrag wurden",
    "opportunity_in_7_days": "Verkaufschance binnen 7 Tagen",
    "opportunity_in_7_days.how": (
        "Übergaben mit Verkaufschance binnen sieben Tagen / die eine bekamen, endeten oder "
        "älter sind"
    ),
    "opportunity_quota": "Opportunity-Quote",
    "opportunity_quota.how": "Übergaben des Monats mit Verkaufschance / Übergaben des Monats",
    "lead_velocity": "Lead-Velocity",
    "lead_velocity.how": (
        "Wachstum der Übergaben gegenüber dem Vormonat, sobald der Monat vorbei ist"
    ),
    "lead_velocity_at_quality": "Lead-Velocity bei gleicher Qualität",
    "lead_velocity_at_quality.how": (
        "dasselbe ohne das, was der Vertrieb bis zum Ende des jeweiligen Monats abgelehnt "
        "hatte"
    ),
    "qualified": "Qualifizierte Leads, ohne abgelehnte",
    "win_rate": "Abschlussquote",
    "win_rate.how": "gewonnene / abgeschlossene Verkaufschancen, nach dem Abschlusstag",
    "won": "Gewonnene Aufträge", "won.how": "gewonnene Verkaufschancen, nach dem Abschlusstag",
    "won_value": "Auftragseingang", "won_value.how": "Beträge der gewonnenen Verkaufschancen",
    "deal_cycle_median": "Verkaufszyklus, Median",
    "deal_cycle_median.how": (
        "Tage von der Anlage einer Verkaufschance bis zum Abschluss, bei den abgeschlossenen"
    ),
    "won_cycle_median": "Verkaufszyklus gewonnener Aufträge, Median",
    "won_cycle_median.how": "dasselbe bei den gewonnenen",
    "expected_of_opportunities": "Erwarteter Auftragseingang nach Verkaufschancen",
    "expected_of_opportunities.how": (
        "Betrag x Wahrscheinlichkeit dessen, was jetzt offen ist: wie für die Phase vereinbart, "
        "sonst die des CRM"
    ),
    "order_probability": "Auftragswahrscheinlichkeit offener Verkaufschancen",
    "order_probability.how": (
        "mittlere Wahrscheinlichkeit dessen, was jetzt offen ist: wie für die Phase vereinbart, "
        "sonst die des CRM"
    ),
    "expected_of_phases": "Erwarteter Auftragseingang nach Phasen",
    "expected_of_phases.how": (
        "offene Leads je Phase x ihre Auftragswahrscheinlichkeit x durchschnittlicher "
        "Auftragswert"
    ),
    "recycled": "Zurückgegeben",
    "recycled.how": "ans Marketing zurückgegebene / im Monat beendete Zyklen",
    "recycled_with_reason": "Zurückgegeben mit Grund",
    "recycled_with_reason.how": "zurückgegebene Zyklen mit Grund / zurückgegebene Zyklen",
    "came_back.year": "Vom Marketing zurückgekommen, 12 Monate",
    "came_back.year.how": (
        "von den in zwölf Monaten zurückgegebenen: erneut übergeben oder konvertiert"
    ),
    "revenue": "Umsatz",
    "revenue.how": "im Monat gewonnene Beträge, nach Quelle und Kampagne der Leads",
    "cost": "Kosten", "cost.how": "was die Kostendatei für den Monat nennt",
    "roi": "Marketing-ROI", "roi.how": "(Umsatz - Kosten) / Kosten",
    "accounts": "Firmen mit Leads", "accounts.how": "Firmen, von denen ein Lead übergeben wurde",
    "accounts_open": "Firmen mit offenen Leads",
    "accounts_open.how": "davon mit einem Lead, der gerade bearbeitet wird",
    "silent_median": "Zeit ohne Neuigkeit, Median",
    "silent_median.how": "Tage, seit von einem Lead in Bearbeitung zuletzt etwas bekannt wurde",
    "silent_30_days": "30 Tage ohne Neuigkeit",
    "silent_30_days.how": (
        "Leads in Bearbeitung, von denen seit über 30 Tagen nichts bekannt wurde / Leads in "
        "Bearbeitung"
    ),
    # tables
    "table.breaches_by_rung": "Verletzungen nach Stufe",
    "table.breaches_by_owner": "Verletzungen nach damals Zuständigen",
    "table.breaches_by_team": "Verletzungen nach Team",
    "table.breaches_by_source": "Verletzungen nach Quelle",
    "table.breaches_by_definition": "Verletzungen nach Definition",
    "table.breaches_by_version": "Verletzungen nach Version der Vereinbarung",
    "table.breaches_by_holder": "Gewahrsam: bei wem die verletzten Uhren lagen",
    "table.attempts_spread": "Übergaben nach Kontaktversuchen",
    "table.rejection_reasons": "Gründe der Ablehnung",
    "table.funnel_in_month": "Im Monat erreicht",
    "table.phases_of_year": "Übergaben aus zwölf Monaten nach Phase",
    "table.recycled_reasons": "Gründe der Rückgabe",
    "table.sequels": "Was aus ihnen wurde, zwölf Monate",
    "table.open_by_stage": "Offene Verkaufschancen nach Phase",
    "table.by_source": "Nach Quelle", "table.by_campaign": "Nach Kampagne",
    "table.accounts_by_phase": "Firmen nach der weitesten erreichten Phase",
    "table.accounts": "Firmen",
    "table.missing_fields": "Bei Übergabe fehlende Felder",
    "table.complete_by_source": "Vollständig bei Übergabe, nach Quelle",
    "table.lacks": "Mängel des Monats",
    "table.freshness": "Gelesen bis",
    # columns
    "column.clock": "Uhr", "column.rung": "Stufe", "column.breaches": "Verletzungen",
    "column.withdrawn": "zurückgenommen",
    "column.original": "ursprünglich",
    "column.count": "Anzahl",
    "column.share": "Anteil", "column.holder": "gelegen bei", "column.held": "Arbeitszeit dort",
    "column.attempts": "Versuche", "column.handed_over": "Übergaben", "column.phase": "Phase",
    "column.reached_in_month": "im Monat", "column.of_before": "der Phase davor",
    "column.reached": "erreicht", "column.open": "offen", "column.goes_on": "geht weiter",
    "column.becomes_customer": "wird Auftrag", "column.source": "Quelle",
    "column.campaign": "Kampagne", "column.won": "gewonnen", "column.revenue": "Umsatz",
    "column.cost": "Kosten", "column.roi": "ROI", "column.account": "Firma",
    "column.leads": "Leads", "column.furthest_now": "jetzt", "column.complete": "vollständig",
    "column.known": "bekannt", "column.unknown": "unbekannt", "column.accounts": "Firmen",
    "column.breaches_by_owner": "Zuständig", "column.breaches_by_team": "Team",
    "column.breaches_by_source": "Quelle", "column.breaches_by_definition": "Definition",
    "column.breaches_by_version": "Version", "column.rejection_reasons": "Grund",
    "column.recycled_reasons": "Grund", "column.sequels": "was daraus wurde",
    "column.missing_fields": "Feld", "column.lacks": "was",
    "column.stream": "Datenstrom",
    "column.read_to": "gelesen bis",
    "column.stage": "Phase", "column.weighed_by": "Wahrscheinlichkeit aus",
    "column.opportunities": "offen", "column.amount": "Betrag",
    "column.probability": "Wahrscheinlichkeit", "column.expected": "erwartet",
    # values
    "value.visitor": "Besucher", "value.name": "neue Namen", "value.lead": "Leads",
    "value.mql": "MQL",
    "value.sal": "SAL",
    "value.sql": "SQL",
    "value.opportunity": "Verkaufschance",
    "value.customer": "Kunde",
    "value.recycled": "zurückgegeben",
    "value.disqualified": "disqualifiziert",
    "value.queue": "Warteschlange oder niemand",
    "value.rep": "Vertrieb",
    "value.manager": "Führungskraft",
    "value.marketing": "Marketing", "value.outage": "Ausfall",
    "value.handed_over_again": "erneut übergeben", "value.converted": "konvertiert",
    "value.given_up": "disqualifiziert oder gelöscht", "value.nurtured": "im Nurture-Programm",
    "value.waiting": "nichts bekannt",
    "value.no_reason": "kein Grund", "value.no_path": "kein Nurture-Programm zum Grund",
    "value.unknown_path": "unbekanntes Nurture-Programm",
    "value.unclassified": "unbekannt, wer es tat",
    "value.agreement": "der Vereinbarung", "value.crm": "dem CRM",
    # maturity
    "assessment.none": "Noch nicht eingeschätzt: `slasync assess`.",
    "assessment.total": "{points} von 20 Punkten: {level}",
    "assessment.on": "Eingeschätzt am {day}",
    "assessment.level.trial": "Erprobung", "assessment.level.transition": "Übergang",
    "assessment.level.strategic": "strategisch",
    "question.goals": "Auf welche Ziele arbeiten Marketing und Vertrieb hin?",
    "question.goals.1": "jede Seite auf ihre eigenen",
    "question.goals.3": "auf einige gemeinsame, ohne Zahlen, die aus dem gewünschten Umsatz folgen",
    "question.goals.5": "auf ein Umsatzziel, aus dem die Zahlen beider Seiten folgen",
    "question.definitions": "Was ist ein qualifizierter Lead?",
    "question.definitions.1": "jede Seite sieht das auf ihre Weise",
    "question.definitions.3": "es ist aufgeschrieben und wird ab und zu bestritten",
    "question.definitions.5": (
        "es ist aufgeschrieben, von beiden unterschrieben und an echten Leads geprüft"
    ),
    "question.hand_over": "Was geschieht, wenn ein Lead übergeben wird?",
    "question.hand_over.1": "er wird weitergereicht, und niemand verfolgt, was daraus wird",
    "question.hand_over.3": "es gibt Fristen, auf die von Hand geachtet wird",
    "question.hand_over.5": (
        "Fristen, Erinnerungen und Rückweg sind vereinbart und laufen von selbst"
    ),
    "question.review": "Wie lernen beide Seiten daraus?",
    "question.review.1": "wenn etwas schiefgegangen ist",
    "question.review.3": "in Treffen mit Zahlen, die jede Seite selbst mitbringt",
    "question.review.5": (
        "in regelmäßigen Treffen über gemeinsame Zahlen, die mit Beschlüssen enden"
    ),
}  # fmt: skip

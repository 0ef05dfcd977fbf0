"""Parts 1 and 2 of the agreement in German: goal and definitions."""
# ruff: noqa: RUF001 - dashes and signs as the language has them

PURPOSE = {
    "goal": "1. Ziel",
    "goal.revenue": "Umsatz im Zeitraum",
    "goal.average_deal": "Durchschnittlicher Auftragswert",
    "goal.customers": "Neue Kunden im Zeitraum",
    "goal.conversion": "Konversion vom MQL zum Kunden",
    "goal.mqls": "MQLs im Monat",
    "goal.step": "{begins} zu {ends} {rate}",
    "goal.formulas": "So ergeben sich die Zahlen:",
    "goal.customers_formula": (
        "Neue Kunden = Umsatz ÷ durchschnittlicher Auftragswert = {revenue} ÷ {deal} = {result}"
    ),
    "goal.mqls_formula": (
        "MQLs im Monat = neue Kunden ÷ Konversion ÷ Monate des Zeitraums = {customers} ÷ ({rates})"
        " ÷ {months} = {result}"
    ),
    "goal.rounded": "{exact}, aufgerundet {whole}",
    "goal.by_hand": "{given} (von Hand gesetzt: diese Zahl gilt)",
    "goal.contradicted": (
        "{given} (von Hand gesetzt: diese Zahl gilt; aus der Formel folgen {needed})"
    ),
    "goal.underived": (
        "Die Zahl der MQLs folgt nicht aus einem Umsatzziel. Nicht vereinbart: {missing}."
    ),
    "definitions": "2. Definitionen",
    "definitions.lead": "**Lead.** Ein Target wird zum Lead, wenn dies erfüllt ist: {rule}",
    "definitions.no_lead": "**Lead.** Nicht vereinbart, wann ein Target zum Lead wird.",
    "definitions.mql": (
        "**MQL (Marketing Qualified Lead).** Ein Lead wird zum MQL und dem Vertrieb übergeben,"
        " sobald eines davon erfüllt ist:"
    ),
    "definitions.way": "{name}: {rule} – {trigger}{at}",
    "definitions.at": "; wann es geschah, sagt das Feld {field}",
    "definitions.contact": (
        "**Kontaktaufnahme** ({field}), wie Menschen sie im CRM festhalten: {call}, der Lead hat"
        " angerufen; {email}, der Lead hat geschrieben; {conversation}, jemand hat mit dem Lead"
        " gesprochen, wer auch immer begonnen hat."
    ),
    "definitions.null": "Eine Bedingung an ein Feld ohne Wert ist nicht erfüllt.",
    "definitions.opportunities": (
        "**Verkaufschance.** So wahrscheinlich wird ein Auftrag daraus; danach rechnet der"
        " erwartete Auftragseingang. Für Phasen, die hier fehlen, gilt die Wahrscheinlichkeit des"
        " CRM."
    ),
    "definitions.no_opportunities": (
        "**Verkaufschance.** Keine eigenen Wahrscheinlichkeiten vereinbart: es gelten die des CRM."
    ),
    "definitions.column.stage": "Phase der Verkaufschance",
    "definitions.column.called": "Im CRM",
    "definitions.column.probability": "Wahrscheinlichkeit",
    "definitions.touch": (
        "**Kontakt.** Ein Anruf, eine E-Mail oder ein Termin durch einen Menschen im Vertrieb"
        "{status}. Was eine Maschine verschickt und die Aufgaben, die slasync anlegt, sind nie ein"
        " Kontakt."
    ),
    "definitions.touch_by_status": "; auch eine Änderung des Lead-Status durch einen Menschen",
    "definitions.cycle": (
        "**Zyklus.** Eine Übergabe und alles, was folgt, bis der Lead konvertiert, an das Marketing"
        " zurückgegeben, disqualifiziert oder gelöscht ist. Die nächste Übergabe eröffnet einen"
        " eigenen Zyklus."
    ),
    "trigger.crossing": "zählt, sobald es zutrifft",
    "trigger.every_change": "zählt jedes Mal, wenn eines der Felder sich ändert und es zutrifft",
}

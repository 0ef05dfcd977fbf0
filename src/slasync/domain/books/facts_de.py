"""What happened to a lead, and by which agreement it is told, in German."""

from collections.abc import Mapping

FACTS_DE: Mapping[str, str] = {
    # facts
    "fact.line": "{at} {seen}, {source}: {what}",
    "fact.line_at_latest": "spätestens {at} {seen}, {source}: {what}",
    "fact.seen_at_once": "(sofort bekannt)",
    "fact.seen": "(bekannt seit {at})",
    "fact.by": "{what}, durch {who}",
    "fact.entered": "neu: {record}",
    "fact.linked": "zugeordnet: {record}",
    "fact.merged": "zusammengeführt mit {records}",
    "fact.joined": "{lead} ist dieselbe Person: {because}",
    "fact.parted": "getrennt von {lead}: {why}",
    "fact.owner": "zuständig: {who}",
    "fact.status": "Status: {status}",
    "filled.both": "{record} mit {there} und ohne {lacking}",
    "filled.with": "{record} mit {there}",
    "filled.without": "{record} ohne {lacking}",
    "fact.touch": "Kontakt: {what}",
    "touch.ours": "zu unserer Aufgabe",
    "touch.inbound": "der Lead hat begonnen",
    "fact.hurried": ("zweifelhaft: Dieselbe Person hat in {within} mehr als {most} Leads berührt"),
    "fact.contact": "der Lead hat sich gemeldet: {channel}, {grade}",
    "fact.task_ended": "unsere Aufgabe ist zu Ende: {how}",
    "how.closed": "geschlossen",
    "how.deleted": "gelöscht",
    "fact.converted": "konvertiert",
    "fact.converted_into": "konvertiert: {into}",
    "fact.deleted": "gelöscht",
    "fact.restored": "wiederhergestellt",
    "fact.opportunity": "Verkaufschance {id}: {stage}",
    "opportunity.deleted": "gelöscht",
    "fact.mode": "ab jetzt Modus {mode}; Grund: {why}",
    "fact.handover": "an den Vertrieb übergeben, Zyklus {cycle}: {definition}",
    "fact.routed": "zuständige Person gewählt: {who}; {why}",
    "fact.owner_refused": "vom CRM als zuständige Person abgelehnt: {who}; {why}",
    "fact.restarted": "{clock} beginnt von vorn für {who}",
    "fact.started": "{clock} beginnt, Start {start}",
    "fact.fired": "{rung} ausgelöst",
    "fact.fired_to": "{rung} ausgelöst: {effects}",
    "fired.unwritten": "im Modus {mode}, nichts geschrieben: {rung}",
    "fired.superseded": "{rung} überholt, die Nachricht entfiel",
    "fired.task": "Aufgabe für {who}",
    "fired.to": "{kind}: {to}",
    "done.task": "Aufgabe",
    "done.digest": "Zeile in der Zusammenfassung",
    "done.flag_stale": "als liegen geblieben markiert",
    "done.reassign": "weitergegeben",
    "done.restart": "von vorn",
    "done.to_queue": "in die Warteschlange",
    "done.recycle": "zurück an das Marketing",
    "done.notify": "Nachricht",
    "done.status": "Status",
    "done.property": "Feld im Marketingsystem",
    "done.list": "Liste im Marketingsystem",
    "done.programme": "Programm im Marketingsystem",
    "fact.withdrawn": "Aufgaben von {clock} geschlossen ({count}): {why}",
    "fact.flag_withdrawn": "Markierung „liegen geblieben“ aufgehoben",
    "fact.closed": "unsere Aufgabe wurde von slasync geschlossen",
    "fact.closed_perhaps": (
        "slasync hat versucht, unsere Aufgabe zu schließen; ob das wirkte, ist unbekannt"
    ),
    "fact.closed_then": (
        "unsere Aufgabe, von slasync geschlossen, wurde später von {who} geändert: kein Kontakt"
    ),
    "fact.remade": "unsere Aufgabe steht jetzt in einem anderen Datensatz",
    "fact.unmade": (
        "unsere Aufgabe entfiel, bevor sie angelegt war: inzwischen ist jemand anderes zuständig"
    ),
    "fact.moved": "offene Aufgabe an {who} gegeben",
    "fact.moved_due": "offene Aufgabe für {who}, fällig jetzt {due}",
    "fact.released": "gewählte Person vom Betrieb freigegeben: {why}",
    "fact.dispute_accepted": "Einspruch vom Betrieb angenommen: {why}",
    "fact.dispute_refused": "Einspruch vom Betrieb abgelehnt: {why}",
    "fact.told": "dem Marketing mitgeteilt: {told}",
    "fact.told_nothing": "dem Marketing mitgeteilt: nichts",
    "fact.shown": "der zuständigen Person gezeigt: {shown}",
    "fact.shown_nothing": "der zuständigen Person gezeigt: nichts mehr",
    # the agreement
    "agreement.as_known": "wie bekannt am {at}",
    "agreement.now": "{named}",
    "agreement.now_since": "{named}, in Kraft seit {at}",
    "agreement.files_now": "{named}: die Dateien, wie sie jetzt sind",
    "agreement.works_by_another": (
        "slasync arbeitet noch nach einer anderen, Ausgabe {hash}: diese Dateien liest es beim"
        " nächsten Start"
    ),
    "agreement.works_by_another_since": (
        "slasync arbeitet noch nach einer anderen, Ausgabe {hash}, in Kraft seit {at}: diese"
        " Dateien liest es beim nächsten Start"
    ),
    "agreement.not_known": (
        "welche Vereinbarung in Kraft war, ist nicht bekannt: Bis dahin ist weder ein Start"
        " von slasync verzeichnet noch eine Entscheidung über diesen Lead"
    ),
    "agreement.by_present": "ermittelt nach der heutigen: {named}",
    "agreement.lost": "die damals gültige Vereinbarung war die Ausgabe {hash}: {problem}",
    "agreement.lost_since": (
        "die damals (seit {at}) gültige Vereinbarung war die Ausgabe {hash}: {problem}"
    ),
    "agreement.by_present_others": (
        "ermittelt nach der heutigen: {named}; Regeln und Stufen können andere gewesen sein"
    ),
    "agreement.then_and_now": "{named}: damals in Kraft, und so sind die Dateien noch jetzt",
    "agreement.then_and_now_since": (
        "{named}: damals in Kraft, seit {at}, und so sind die Dateien noch jetzt"
    ),
    "agreement.then": "{named}: damals in Kraft",
    "agreement.then_since": "{named}: damals in Kraft, seit {at}",
    "agreement.others_now": "die Dateien sind jetzt andere: {name}, Ausgabe {hash}",
    "agreement.facts": "{n} {n:Tatsache war|Tatsachen waren} bekannt",
    "agreement.no_fact": "keine Tatsache war bekannt",
    "agreement.learned_later": "{known}; von dem, was bis dahin geschehen war, {later} erst später",
    "agreement.only_present": (
        "von Personen und von Feldern, die keine Regel liest, ist nur der heutige Stand bekannt"
    ),
    "agreement.named": "{name}, Version {version}, Ausgabe {hash}",
    "ruling.kept": "beibehalten von {began}: darunter begann der Zyklus",
    "ruling.mixed": "nach {by}, nirgends strenger als nach {began}, worunter er begann",
    "ruling.edition": "Version {version}, Ausgabe {hash}",
}

"""Definitions, owners, scores, ways back and what comes next of a lead, in German."""

from collections.abc import Mapping

LEADS_DE: Mapping[str, str] = {
    # digests
    "line.corrected": (
        "Berichtigung: {lead}, {rung} war rechtzeitig erledigt ({end}, {at}): kein Verstoß"
    ),
    "line.corrected_dispute": (
        "Berichtigung: {lead}, {rung}: Einspruch ({at}) angenommen, kein Verstoß"
    ),
    "message.corrected": "Berichtigung: {lead}",
    # definitions
    "definition.met_now": "{name}: {rule} ist jetzt erfüllt",
    "definition.unmet_now": "{name}: {rule} ist jetzt nicht erfüllt",
    "definition.met_then": "{name}: {rule} war damals erfüllt",
    "definition.unmet_then": "{name}: {rule} war damals nicht erfüllt",
    "definition.lacking": "es fehlt: {what}",
    "definition.nearest": "am nächsten dran {at}: {lacking}",
    "definition.nearly": "beinahe erfüllt: {lacking}",
    "definition.met_already": "schon erfüllt, als der Zyklus endete, {at}: {again}",
    "definition.again_changed": "die nächste Änderung ihrer Felder würde ihn erneut übergeben",
    "definition.again_crossed": (
        "für eine neue Übergabe muss sie erst unerfüllt und dann wieder erfüllt sein"
    ),
    "definition.met_in_vain": "erfüllt {at}, während Zyklus {cycle} offen war: keine neue Übergabe",
    "definition.met_often": (
        "{times}-mal erfüllt von {begins} bis {ends}, während Zyklus {cycle} offen war: keine"
        " neue Übergabe"
    ),
    "definition.merged": "erfüllt, weil Datensätze zusammengeführt wurden: niemand hat etwas getan",
    "definition.merged_at": (
        "erfüllt, weil {at} Datensätze zusammengeführt wurden: niemand hat etwas getan"
    ),
    "condition.untold": "{rule} lässt sich nicht beurteilen: {values}",
    "condition.holds": "{rule} trifft zu: {values}",
    "condition.fails": "{rule} trifft nicht zu: {values}",
    "condition.fails_by": "{rule} trifft nicht zu: {values}, es fehlt {gap}",
    "condition.fails_at": "{rule} trifft nicht zu: {values}, genau die Grenze",
    "value.was": "{name} war {value}",
    # why nothing happened
    "nothing.known": "noch ist nichts bekannt",
    "nothing.known_then": "bis dahin war von diesem Lead nichts bekannt",
    "nothing.held": "entschieden und angehalten: {action}, siehe `slasync plan`",
    "nothing.parked": "entschieden und zurückgestellt: {action}, siehe `slasync parked list`",
    "nothing.mode": (
        "außerdem: Im Modus {mode} wird entschieden und gezeigt, aber nichts geschrieben"
    ),
    "nothing.met_before": (
        "Definition {definition} war erfüllt {at}, bevor slasync zu urteilen begann"
        " ({start}): gespiegelt und aufgeführt, keine Uhr läuft"
    ),
    "nothing.met": (
        "Definition {definition} war erfüllt {at}: wird übergeben, sobald entschieden wird"
    ),
    "nothing.deleted": "wird nicht mehr übergeben: der Lead wurde gelöscht",
    "nothing.converted": "wird nicht mehr übergeben: der Lead wurde konvertiert",
    "nothing.never_met": (
        "keine Definition war je erfüllt, seit der Lead bekannt ist: er wurde nicht"
        " übergeben, keine Uhr läuft"
    ),
    "nothing.nearest": "am nächsten ist {definition}: {lacking}",
    "nothing.was_nearer": "näher war sie {at}: {lacking}",
    "nothing.status": "sein Status sagt: {stage}",
    "nothing.touched": "kontaktiert {at}: {channel} durch {who}",
    "nothing.ended": "der Zyklus endete {at}: {how}",
    "nothing.clock": "Uhr {clock}: {why}",
    "nothing.rung": "Uhr {clock}, Stufe {rung}: {why}",
    # leads that went back
    "until_now": "jetzt",
    "back.given_up": "aufgegeben von {begins} bis {until}, dann von einem Menschen wieder geöffnet",
    "back.reason": "Grund: {reason}",
    "back.no_reason": "Grund: keiner genannt",
    "back.path": "Nurture-Pfad: {path}, nach dem Grund",
    "back.path_chosen": "Nurture-Pfad: {path}, gewählt {at} durch {who}",
    "back.no_path": "Nurture-Pfad: keiner, denn für diesen Grund gibt es kein Programm",
    "rest.protected": (
        "geschützt bis {until}, Pfad {path}: bis dahin übergibt ihn nur ein Mensch oder ein"
        " Kaufsignal, das sofortiges Handeln verlangt"
    ),
    "rest.kept_back": "{definition} war erfüllt {at}: aufgeschoben bis {until}",
    "rest.again_only": "wird wieder angesehen {at}",
    "rest.again_reminds": "wird wieder angesehen {at}: das Marketing erfährt es",
    "rest.again_checks": "wird wieder angesehen {at} und übergeben, falls er dann qualifiziert ist",
    "rest.again_both": (
        "wird wieder angesehen {at}: das Marketing erfährt es, und er wird übergeben, falls"
        " er dann qualifiziert ist"
    ),
    "rest.miss": "erfüllt {at}, geschützt bis {until}",
    "effort.attempts": "Versuche: {made} ({by}); Gespräche: {conversations}",
    "effort.by": "{count}-mal {channel}",
    # owners
    "routing.of": "{cycle}, Start {start}",
    "routing.to_others": "an andere",
    "routing.pinned": "{who} wurde von einem Menschen gewählt, niemand sonst bekommt den Lead",
    "routing.passed_over": "übergangen: {what}",
    "routing.not_by": "nicht nach Regel {what}",
    "routing.not_for": "nicht für Firma {what}",
    "next.wished": "jetzt: jemand aus dem Pool {pool}, {reason}",
    "next.wished_then": "damals: jemand aus dem Pool {pool}, {reason}",
    # the check score
    "axis.total": "insgesamt",
    "axis.fit": "Eignung",
    "axis.interest": "Interesse",
    "about.demographic": "Person",
    "about.firmographic": "Firma",
    "about.budget": "Budget",
    "about.authority": "Entscheidungsbefugnis",
    "about.need": "Bedarf",
    "about.time": "Zeitrahmen",
    "about.persona": "Persona",
    "about.job_to_be_done": "Aufgabe des Kunden",
    "score.check": "Vergleichspunktzahl {total}: Eignung {fit}, Interesse {interest}",
    "score.of": "{made} von höchstens {cap}",
    "score.cut": "{cap}, gekappt von {made}",
    "score.qualifies": "nach ihr ist der Lead qualifiziert",
    "score.falls_short": "nach ihr ist der Lead nicht qualifiziert: {what}",
    "score.below": "{what} {reached} liegt unter {asked}",
    "score.just_below": "{what} liegt knapp unter {asked}",
    "score.no_marketing": "Punktzahl des Marketings: keine",
    "score.same": "Punktzahl des Marketings: {points}, wie im Vergleich",
    "score.above": "Punktzahl des Marketings: {points}, {by} über dem Vergleich",
    "score.under": "Punktzahl des Marketings: {points}, {by} unter dem Vergleich",
    "score.only_marketing": (
        "sie widersprechen sich: nur nach der Punktzahl des Marketings ist der Lead qualifiziert"
    ),
    "score.only_check": (
        "sie widersprechen sich: nur nach der Vergleichspunktzahl ist der Lead qualifiziert"
    ),
    "score.far_apart": "sie widersprechen sich: zu viele Punkte liegen dazwischen",
    "score.part": "{axis} {points}: {name}: {evidence}",
    "score.part_faded": "{axis} {points}, jetzt {now}: {name}: {evidence}",
    "score.since": "{name}, seit {at}",
    "score.at": "{name}, {at}",
    "score.no_values": "keine Werte",
    "score.unmet": "nicht erfüllt: {what}",
    "score.unknown": "nicht bekannt, weil ein Wert fehlt: {what}",
    "score.immediate": "sofortiges Handeln verlangt seit {at}: {name}, {evidence}",
    "score.immediate_until": (
        "sofortiges Handeln verlangt seit {at}, bis {until}: {name}, {evidence}"
    ),
    "score.bant": "BANT: {what}",
    "bant.met": "{what} erfüllt",
    "bant.unmet": "{what} nicht erfüllt",
    "bant.unknown": "{what} nicht bekannt",
    # the whole
    "title.lead": "Lead",
    "title.agreement": "Vereinbarung",
    "title.happened": "Was geschah",
    "title.learned_later": "Geschehen, aber erst später bekannt geworden",
    "title.definitions": "Definitionen eines MQL",
    "title.score": "Punktzahl",
    "title.cycle": "Zyklus {key}",
    "title.clock": "Uhr {name}",
    "title.misses": "Was beinahe geschah",
    "title.nothing": "Warum nichts geschah",
    "title.decisions": "Entscheidungen",
    "title.writes": "Änderungen",
    "title.next": "Was als Nächstes kommt",
    "none": "keine",
    "lead.records": "Datensätze: {records}",
    "lead.stage": "Phase {stage}, Status {status}",
    "lead.owner": "zuständig: {who}",
    "lead.owner_kept": "zuständig: {who}, von einem Menschen gewählt und darum beibehalten",
    "lead.owner_since": "zuständig: {who}, seit {since}",
    "lead.owner_since_kept": (
        "zuständig: {who}, seit {since}, von einem Menschen gewählt und darum beibehalten"
    ),
    "lead.mode": "Modus {mode}; Grund: {why}",
    "lead.unclassified": (
        "von niemand Bekanntem getan ({count}): gezeigt, nicht als Kontakt gezählt"
    ),
    "lead.not_counted": "nicht gezählt, nicht zuzuordnen: {what}, {at}, durch {who}",
    "lead.lacking": "es fehlt: {what}",
    "cycle.handed_over": "übergeben {at}, weil {definition} erfüllt war",
    "cycle.rule": "Regel: {rule}",
    "cycle.evidence": "Anlass: {evidence}",
    "cycle.routed": "zuständige Person gewählt {at}: {who}; {why}",
    "cycle.restarted": "{who} hat ihn seit {at}",
    "cycle.touched": "kontaktiert {at}: {channel} durch {who}, {grade}",
    "cycle.untouched": "von niemandem kontaktiert",
    "cycle.task": "offene Aufgabe von {clock}, {role}: {who} [{key}]",
    "cycle.stale": "als liegen geblieben markiert",
    "cycle.ended": "zu Ende {at}: {how}",
    "cycle.enrolled": "in einem Nurture-Programm seit {at}",
    "miss.definition": "Definition",
    "miss.rung": "Stufe",
    "miss.routing": "Verteilung",
    "miss.effect": "Wirkung",
    "decision.told": "Phase oder Zustand mitgeteilt",
    "decision.line": "{at}, {mode}: {because}",
    "decision.line_by": "{at}, {mode}, nach Ausgabe {hash}: {because}",
    "write.key": "Schlüssel {key}",
    "write.none_in_mode": "keine: Im Modus {mode} wird nichts geschrieben",
    "next.decided": "jetzt: {because}",
    "next.decided_then": "damals: {because}",
    "next.cannot_decide": "nichts lässt sich entscheiden: {why}",
    "next.deleted": "keine Uhr läuft: der Lead wurde gelöscht",
    "next.converted": "keine Uhr läuft: der Lead wurde konvertiert",
    "next.no_clock": "keine Uhr läuft: als Nächstes müsste eine Definition erfüllt sein",
    "next.ended": "der Zyklus ist zu Ende ({how}): eine neue Übergabe würde den nächsten öffnen",
}

"""Sentences that decisions, facts and writes keep, in German: how they are told again."""

from collections.abc import Mapping

RECORDED_DE: Mapping[str, str] = {
    # what was passed over stands behind a choice's reason
    "said.missed_more": "{what}; nicht nach {missed}; und {n} weitere",
    "said.missed": "{what}; nicht nach {missed}",
    "said.over_more": "{what}; übergangen: {over} und {n} weitere",
    "said.passed_over": "{what}; übergangen: {over}",
    # owners
    "said.lead_created": "Lead bei der Übergabe im CRM angelegt: {what}",
    "said.owner_changed": "zuständige Person geändert: {what}",
    "said.by_rule": "Regel {rule}: {what}",
    "said.by_no_rule": "keine Regel: {what}",
    "said.next_turn_before": (
        "reihum in {pool}: {member} ist an der Reihe (Runde {turn}), vor {others}"
    ),
    "said.next_turn": "reihum in {pool}: {member} ist an der Reihe (Runde {turn})",
    "said.turn": "{address} (Runde {turn})",
    "said.nobody_eligible_queue": "in {pool} kommt niemand in Frage: an {queue}",
    "said.nobody_eligible_none": (
        "in {pool} kommt niemand in Frage, und es gibt keine Warteschlange"
    ),
    "said.nobody_eligible_refused": (
        "in {pool} kommt niemand in Frage, und das CRM lehnt {queue} ab"
    ),
    "said.round_and_round_queue": (
        "in {days} {days:Tag|Tagen} {n}-mal an andere gegeben: an {queue}"
    ),
    "said.round_and_round_none": (
        "in {days} {days:Tag|Tagen} {n}-mal an andere gegeben, und es gibt keine Warteschlange"
    ),
    "said.round_and_round_refused": (
        "in {days} {days:Tag|Tagen} {n}-mal an andere gegeben, und das CRM lehnt {queue} ab"
    ),
    "said.to_owner_of": "{to}, zuständig für {what}",
    "said.to": "an {name}",
    "said.queue_lacking": "das CRM hat keine Warteschlange {queue}",
    "said.queue_refused": "das CRM lehnt die Warteschlange {queue} ab",
    "said.no_contact_owner": (
        "das CRM hat keinen Kontakt dieser Person, für den jemand zuständig ist"
    ),
    "said.no_user_owner": "zuständig ist {owner}, und das ist kein Benutzer mit E-Mail-Adresse",
    "said.owner_kept": "die zuständige Person bleibt",
    "said.by_marketing": "vom Marketing übergeben",
    "said.owner_away": "vom Marketing übergeben, und die zuständige Person ist abwesend",
    "said.not_worked": "{clock}/{rung}: nicht bearbeitet",
    "said.others_refused": "{clock}: andere lehnte das CRM ab",
    "said.nobody_before": "{clock}: bisher konnte ihn niemand übernehmen",
    "said.owners_idle": (
        "{n} {n:zuständige Person hat|zuständige Personen haben} ihn nicht bearbeitet"
    ),
    "said.no_lead_owner": (
        "das CRM hat einen Kontakt und keinen Lead: wer für ihn zuständig ist, bleibt es"
    ),
    "said.restarted": "{clock} beginnt für die neue Person von vorn",
    "said.restarted_now": (
        "{clock} beginnt von vorn: die zuständige Person bekommt den Lead erst jetzt"
    ),
    "said.task_moved": "offene Aufgabe an die neue Person gegeben",
    "said.task_due": "offene Aufgabe für {name}: fällig jetzt {at}",
    # why somebody cannot
    "said.is_no_user": "ist kein Benutzer des CRM",
    "said.is_inactive": "ist nicht aktiv",
    "said.is_no_person": "ist keine Person",
    "said.is_absent": "ist abwesend",
    "said.is_out_of_hours": "hat gerade keine Arbeitszeit",
    "said.was_refused": "wurde vom CRM abgelehnt",
    "said.had_it": "hatte ihn schon",
    "said.is_in_no_pool": "gehört zu keinem Pool",
    "said.has_most": "hat {n} {n:offenen Lead|offene Leads}, {most} {most:ist|sind} das Höchste",
    "said.given_most": "bekam heute {n} {n:Lead|Leads}, {most} {most:ist|sind} das Höchste",
    "said.lacks": "hat nicht: {skills}",
    # companies
    "said.neither": "{account}; {what}",
    "said.nearest": "{account}: {candidates}",
    "said.account_not_owner": "{account}: {what}",
    "said.account_above": "Firma {name} ({evidence}), über {n} weiteren, die {n:passt|passen}",
    "said.account": "Firma {name} ({evidence})",
    "said.no_account": "keine Firma des CRM passt",
    "said.one_owner": (
        "{n} {n:Firma passt und hat|Firmen passen und haben} dieselbe zuständige Person"
    ),
    "said.none_clear": "{n} {n:Firma passt, nicht|Firmen passen, keine} eindeutig",
    "said.candidate": "{company} ({id}), {points} {points:Punkt|Punkte}: {evidence}",
    "said.its_contact": "ihr Kontakt im CRM",
    "said.email_domain": "E-Mail-Domain {domain}",
    "said.website": "Website {domain}",
    "said.other_website": "aber ihre Website ist {theirs}, nicht {ours}",
    "said.company_name": "Name {name}",
    # what was decided
    "said.handed_over": "übergeben: {definition} war erfüllt {at}",
    "said.begins": "{clock} beginnt: {start}",
    "said.rung_superseded": "{clock}/{rung} war fällig {at}: überholt",
    "said.rung_fired": "{clock}/{rung} war fällig {at}: Wirkungen: {n}",
    "said.no_task": "{rung}: niemand ist da ({role}); keine Aufgabe",
    "said.no_digest": "{rung}: niemand ist da ({role}); keine Zeile in der Zusammenfassung",
    "said.no_message": "{rung}: niemand hat eine Adresse ({role}); keine Nachricht",
    "said.task": "{rung}: Aufgabe, {role}: {name}",
    "said.message_instead": (
        "{rung}: Nachricht, {role}: {name}, denn niemand hat eine Adresse ({instead})"
    ),
    "said.message": "{rung}: Nachricht, {role}: {name}",
    "said.flagged": "{rung}: als liegen geblieben markiert",
    "said.unflagged": "Markierung „liegen geblieben“ aufgehoben",
    "said.nothing_to_give_back": "{rung}: das CRM hat keinen Lead, der zurückgehen könnte",
    "said.given_back": "{rung}: zurück an das Marketing, {reason}{way}",
    "said.way_chosen": "{way}, wie gewählt",
    "said.way_until": ", Pfad {path}, zurück am {day}",
    "said.way": ", Pfad {path}",
    "said.pinned": "{rung}: diese Person hat ein Mensch gewählt; kein Wechsel",
    "said.no_restart": "{rung}: kein neuer Start ist übrig, und der Pool hat keine Warteschlange",
    "said.no_status": "{rung}: das CRM hat keinen Lead, dessen Status sich setzen ließe",
    "said.status_already": "{rung}: der Status ist schon {status}",
    "said.status_set": "{rung}: Status gesetzt: {status}",
    "said.no_contact": "{rung}: {system} hat keinen Kontakt dieses Leads",
    "said.put_on_list": "{rung}: auf die Liste {list} gesetzt",
    "said.taken_off_list": "{rung}: von der Liste {list} genommen",
    "said.programme": "{rung}: Programm {programme} gestartet",
    "said.value_already": "{rung}: {field} ist schon {value}",
    "said.value_cleared": "{rung}: {field} geleert",
    "said.value_set": "{rung}: {field} gesetzt: {value}",
    "said.back_told": (
        "{clock}/{rung}: zurück aus dem Pfad {path}; das Marketing erfährt es: {readers}"
    ),
    "said.back": "{clock}/{rung}: zurück aus dem Pfad {path}; niemand erfährt es",
    "said.disputed_no_manager": (
        "gegen eine Überschreitung liegt ein Einspruch vor, und es gibt keine Führungskraft:"
        " keine Aufgabe"
    ),
    "said.disputed_no_reason": "Einspruch {at}: ohne Grund",
    "said.disputed": "Einspruch {at}: {reason}",
    "said.dispute_accepted": "Einspruch angenommen {at}",
    "said.dispute_refused": "Einspruch abgelehnt {at}",
    "said.taken_down": "was die zuständige Person von slasync sah, ist vom Lead genommen",
    # modes
    "said.mode": "ab jetzt Modus {mode}, {what}",
    "said.most_careful": "Lead keines Teams, also der vorsichtigste Modus: {what}",
    "said.team_in": "Team {team}: {mode}, dieser Lead gehört dazu",
    "said.team_out": "Team {team}: {mode}, dieser gehört nicht dazu",
    "said.team": "Team {team}: {mode}",
    "said.deployment_in": "die ganze Installation: {mode}, dieser Lead gehört dazu",
    "said.deployment_out": "die ganze Installation: {mode}, dieser gehört nicht dazu",
    "said.deployment": "die ganze Installation: {mode}",
    "said.canary": "canary, {what}",
    "said.canary_share": "{share} % der Leads",
    "said.canary_reps": "Leads von {reps}",
    # why a task is taken back
    "said.closed_not_agreed": "Von slasync geschlossen: Die Vereinbarung sieht das nicht mehr vor.",
    "said.closed_another_owner": (
        "Von slasync geschlossen: Der Lead hat jetzt eine andere zuständige Person."
    ),
    "said.closed_no_team": (
        "Von slasync geschlossen: Der Lead gehört jetzt zu keinem Team, und dort wird nichts"
        " geschrieben."
    ),
    "said.closed_team": (
        "Von slasync geschlossen: Der Lead gehört jetzt zu {teams}, und dort wird nichts"
        " geschrieben."
    ),
    "said.closed_end": "Von slasync geschlossen: {end}, {at}.",
    "said.disproved_dispute": "{clock}/{rung} ist kein Verstoß: Einspruch {at}, angenommen",
    "said.disproved": "{clock}/{rung} ist kein Verstoß: {end}, {at}, rechtzeitig",
    # editions and calendars
    "said.lost": (
        "er begann unter Ausgabe {hash}, und {what}: beurteilt nach der geltenden Vereinbarung"
    ),
    "said.files_not_kept": "ihre Dateien sind nicht aufbewahrt",
    "said.files_unreadable": "ihre Dateien sind nicht mehr lesbar ({problem})",
    "said.unreadable": "sie ist nicht mehr lesbar ({problem})",
    "said.calendar_ended": (
        "ein Kalender der Vereinbarung, unter der er begann, ist zu Ende: beurteilt nach der"
        " geltenden Vereinbarung"
    ),
    "said.not_covered": (
        "Kalender {calendar} reicht von {first} bis {last}, und das führt darüber hinaus:"
        " seine Tage und Feiertage verlängern"
    ),
    # what is lacking
    "said.no_reason_given": "{end}, und niemand sagt, warum",
    "said.no_programme": "recycelt wegen {reason}: dafür gibt es kein Nurture-Programm",
    "said.unknown_path": "gewählt wurde der Pfad {path}; es gibt {paths}",
    "said.unclassified": "{touch}: wer es war, lässt sich nicht sagen, darum zählt es nicht",
    # one person
    "said.person_said_why": "{who} hat es gesagt: {why}",
    "said.record_became_why": "aus {gone} wurde {stays}: {why}",
    "said.person_said": "{who} hat es gesagt",
    "said.record_became": "aus {gone} wurde {stays}",
    # why writes are held
    "said.held_late": "verspätet entschieden: {what}",
    "said.held_burst": "{usual}; {what}",
    "said.more_than_usual": (
        "{n} {n:Aufgabe|Aufgaben} seit {time} Uhr: mehr als das {factor}-Fache der {median}, die zu"
        " dieser Stunde üblich {median:ist|sind}"
    ),
    "said.above_caps": (
        "{n} {n:gezählte Aufgabe|gezählte Aufgaben} in einer Stunde, {most} für eine Person; die"
        " Obergrenzen sind"
        " {total} und {each}"
    ),
    "said.held_handovers_by": (
        "mindestens {n} {n:Lead wurde|Leads wurden} innerhalb von {minutes} min von {who} übergeben"
    ),
    "said.held_handovers": (
        "mindestens {n} {n:Lead wurde|Leads wurden} innerhalb von {minutes} min übergeben"
    ),
    "said.held_owners_by": (
        "mindestens {n} {n:Lead wurde|Leads wurden} innerhalb von {minutes} min von {who} an"
        " andere gegeben"
    ),
    "said.held_owners": (
        "mindestens {n} {n:Lead wurde|Leads wurden} innerhalb von {minutes} min an andere gegeben"
    ),
    "said.held_statuses_by": (
        "mindestens {n} {n:Lead bekam|Leads bekamen} innerhalb von {minutes} min von {who} einen"
        " anderen"
        " Status"
    ),
    "said.held_statuses": (
        "mindestens {n} {n:Lead bekam|Leads bekamen} innerhalb von {minutes} min einen anderen"
        " Status"
    ),
    # what became of writes
    "said.unsent_because": "zurückgezogen, bevor es gesendet war: {what}",
    "said.unsent": "zurückgezogen, bevor es gesendet war",
    "said.nothing_to_close": "es gibt nichts zu schließen: gesendet wurde es nie",
    "said.lead_gone_before": "vor dem Senden war der Lead schon {end}",
    "said.has_lead": "das CRM hat den Lead inzwischen",
    "said.has_lead_already": "das CRM hat den Lead schon",
    "said.owner_chosen": "jemand hat inzwischen bestimmt, wem der Lead gehört",
    "said.task_gone": "jemand hat die Aufgabe geschlossen oder gelöscht",
    "said.task_deleted": "jemand hat die Aufgabe gelöscht",
    "said.task_closed": "jemand hat die Aufgabe geschlossen",
    "said.lead_gone": "den Lead gibt es nicht mehr",
    "said.lead_converted": "der Lead wurde konvertiert",
    "said.lead_given": "der Lead gehört jetzt {owner}",
    "said.waits_for_owner": "wartet, bis der Lead der zuständigen Person gehört",
    "said.older_first": "eine ältere Änderung desselben Datensatzes kommt zuerst",
    "said.history_first": "etwas kam dazwischen: erst wird gelesen, was Personen getan haben",
    "said.same_done": "jemand anderes hat dasselbe getan",
    "said.given_up_why": "verworfen durch {who}: {why}",
    "said.given_up": "verworfen durch {who}",
    "said.given_up_after": "nach {n} {n:Versuch|Versuchen} aufgegeben: {what}",
    "said.outcome_because": "{outcome}: {message}",
    "said.outcome": "{outcome}",
    # one of a list
    "said.more": "{n} weitere",
    "said.rule_unmet": "{rule}: {condition} ist nicht erfüllt, {values}",
    "said.unfit": "{address} {what}",
    "said.of_rule": "{rule}: {what}",
}

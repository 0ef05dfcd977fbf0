"""Clocks, rungs and a calendar's arithmetic, in German. Spans stand in the dative."""

from collections.abc import Mapping

CLOCKS_DE: Mapping[str, str] = {
    # clocks
    "clock.no_result": "lässt sich nicht berechnen: {why}",
    "clock.not_meant": "läuft nicht: nur für Leads, die durch {definitions} übergeben wurden",
    "clock.before_return": "hat nicht begonnen: sie zählt ab der Rückgabe an das Marketing",
    "clock.no_evidence": (
        "ob der Lead in einem Nurture-Programm ist, ist nicht bekannt: kein Beleg ist eingerichtet"
    ),
    "clock.cannot_be_enrolled": (
        "ob der Lead in einem Nurture-Programm ist, ist nicht bekannt: ihm fehlt {where}"
    ),
    "clock.before_acceptance": "hat nicht begonnen: sie zählt ab der Annahme durch den Vertrieb",
    "clock.before_buying": "hat nicht begonnen: sie zählt ab einem Kaufsignal",
    "clock.before_attempt": "hat nicht begonnen: sie zählt ab dem ersten Versuch",
    "clock.before_queue": "hat nicht begonnen: sie zählt ab dem Eingang in einer Warteschlange",
    "clock.before_stage": "hat nicht begonnen: sie zählt ab der Stufe {stage}",
    "clock.before_rule": "hat nicht begonnen: sie zählt, sobald dies gilt: {rule}",
    "clock.before_owner": "hat nicht begonnen: sie zählt, sobald jemand zuständig ist",
    "clock.stopped_by": "was sie anhalten würde: {what}",
    "clock.runs": "läuft seit {since}, Kalender {calendar}",
    "clock.runs_again": "läuft seit {since}, Start {start}, Kalender {calendar}",
    "clock.counts_from": "zählt ab: {what}",
    "clock.queue": "eine Warteschlange, die den Lead hat",
    "clock.stood_still": "stand still: {begins} bis {ends}",
    "clock.stands_still": "steht still seit {begins}",
    "clock.ended": "zu Ende seit {at}: {how}",
    "clock.ended_by": "zu Ende seit {at}: {how}, {channel} durch {who}",
    "clock.deadline": "Frist, nach {after}: {at}",
    "clock.deadline_not_known": "nicht bekannt, solange die Uhr stillsteht",
    "rung.due": "{rung}, nach {after}: fällig {due}",
    "rung.no_time": "{rung}, nach {after}: ohne Termin",
    "rung.passed_before": "Start {start}: {rung} verstrichen {at}, niemand wurde benachrichtigt",
    "rung.fired_before": "Start {start}: {rung} ausgelöst {at}",
    "next.no_rung": "{clock}: keine Stufe ist mehr übrig; die Uhr misst weiter",
    "next.stands_still": "{clock}: die Uhr steht still, und {rung} wartet, bis sie weiterläuft",
    "next.rung": "{clock}/{rung}, {at}: {effects}",
    "stopped.touch": (
        "ein Kontakt durch einen Menschen ({grades}): ein Anruf, eine E-Mail, ein Termin"
    ),
    "stopped.touch_or_status": (
        "ein Kontakt durch einen Menschen ({grades}): ein Anruf, eine E-Mail, ein Termin,"
        " eine Statusänderung"
    ),
    "stopped.accepted": "ein Status, der „angenommen“ bedeutet",
    "stopped.converted": "die Konvertierung",
    "stopped.recycled": "ein Status, der „recycelt“ bedeutet",
    "stopped.disqualified": "ein Status, der „disqualifiziert“ bedeutet",
    "stopped.deleted": "das Löschen des Leads",
    "stopped.enrolled": "ein Beleg für ein Nurture-Programm: {evidence}",
    "stopped.with_sales": "eine neue Übergabe, oder jemand vom Vertrieb nimmt ihn wieder auf",
    "stopped.taken": "eine Person, die den Lead hat",
    "stopped.reached": "die Stufe {stage}",
    "stopped.left": "das Verlassen der Stufe {stage}",
    "stopped.rule": "dass dies gilt: {rule}",
    "stopped.no_evidence": "keiner ist eingerichtet",
    # rungs
    "rung.ended_before": "nicht mehr erreicht: die Uhr war da seit {span} zu Ende ({how})",
    "rung.ended_then": "nicht mehr erreicht: die Uhr endete zur selben Zeit ({how})",
    "rung.missed": "verpasst: fällig, doch die Uhr endete, bevor slasync es sehen konnte",
    "rung.to_come": "steht aus: {effects}",
    "rung.fired": "ausgelöst {at}: {what}",
    "rung.fired_late": "ausgelöst {at}, mit {late} Verspätung: {what}",
    "rung.superseded": "überholt {at}: die Nachricht kam von {higher}, die ebenfalls fällig war",
    "rung.passed": (
        "verstrichen {at}: eine Überschreitung, und niemand wurde benachrichtigt; die Uhr war"
        " zu Ende oder neu gestartet, bevor slasync es sehen konnte"
    ),
    "rung.not_meant": (
        "nicht für diesen Lead gedacht: ab {least} {least:Versuch|Versuchen}; bisher {made}"
    ),
    "rung.not_meant_below": (
        "nicht für diesen Lead gedacht: ab {least} und unter {below} Versuchen; bisher {made}"
    ),
    "rung.stood_still": "nicht mehr erreicht: die Uhr stand still und endete",
    "rung.stands_still": "der Zeitpunkt ist nicht bekannt, solange die Uhr stillsteht",
    "rung.fired_later": "war bis dahin nicht ausgelöst; das geschah {at}",
    "rung.never_fired": "war bis dahin nicht ausgelöst und ist es auch seither nicht",
    "rung.is_due": "fällig: wird ausgelöst, sobald das nächste Mal über den Lead entschieden wird",
    "rung.waits_for_data": "wartet auf Daten: {streams}",
    "rung.due_before_change": (
        "vor der Änderung der Vereinbarung war sie {due} fällig: die spätere Frist zählt"
    ),
    "rung.grace": (
        "wer seit {since} zuständig ist, hat eine Frist von mindestens {grace}: fällig {due}"
    ),
    "record.whose": "wartet auf den Datensatz: wem er in {crm} gehört, ist noch nicht gelesen",
    "record.lacks": "wartet auf den Datensatz: {crm} hat diesen Lead noch nicht",
    "record.lacked": "wartet auf den Datensatz: {crm} hatte diesen Lead damals nicht",
    "record.not_made": "{said}, und im Modus {mode} wird keiner angelegt",
    "stream.unread": "{stream} ist noch nicht bis zum Ende gelesen",
    "stream.behind": "{stream} ist nur bis {at} bekannt",
    "stream.behind_because": "{stream} ist nur bis {at} bekannt ({why})",
    # what rungs do
    "effect.none": "nichts zu tun",
    "effect.unwritten": "nichts wurde geschrieben: Modus {mode}",
    "effect.held": (
        "{action}: angehalten von einer Obergrenze für verspätete Aufgaben, siehe `slasync plan`"
    ),
    "effect.parked": "{action}: zurückgestellt; was hilft, sagt `slasync parked list`",
    "effect.superseded": "{action}: verworfen",
    "effect.left_out": "ohne {effect}",
    "effect.plain": "{kind}",
    "effect.to": "{kind} ({role})",
    "effect.via": "{said}, per {via}",
    "effect.task": "Aufgabe",
    "effect.digest": "Zeile in der Zusammenfassung",
    "effect.flag_stale": "als liegen geblieben markieren",
    "effect.reassign": "an eine andere Person geben",
    "effect.recycle": "an das Marketing zurückgeben",
    "effect.notify": "Nachricht",
    "effect.status": "Status",
    "effect.property": "Feld im Marketingsystem",
    "effect.list": "Liste im Marketingsystem",
    "effect.programme": "Programm im Marketingsystem",
    "action.create_lead": "Lead anlegen",
    "action.task": "Aufgabe",
    "action.close_task": "Aufgabe schließen",
    "action.owner": "zuständige Person",
    "action.status": "Status",
    "action.flag_stale": "als liegen geblieben markieren",
    "action.clear_stale": "Markierung „liegen geblieben“ aufheben",
    "action.properties": "Felder im Marketingsystem",
    "action.show": "Felder für die zuständige Person",
    "action.property": "Feld im Marketingsystem",
    "action.list": "Liste im Marketingsystem",
    "action.programme": "Programm im Marketingsystem",
    "action.notify": "Nachricht",
    "fired.which": "{kind} {to}",
    "fired.nobody": "es gab niemanden zu benachrichtigen",
    # a calendar's arithmetic
    "calendar.covers": "Kalender {name}, Zone {zone}, reicht von {first} bis {last}",
    "calendar.start": "Beginn: {at}",
    "calendar.due": "fällig nach {after}: {at} = {utc}",
    "calendar.due_not_known": "fällig nach {after}: nicht bekannt, bis die Pause endet",
    "calendar.open": "zu dieser Zeit geöffnet",
    "calendar.closed": "zu dieser Zeit geschlossen, geöffnet ab {at}",
    "calendar.closed_or_paused": "zu dieser Zeit geschlossen oder in Pause, es zählt ab {at}",
    "calendar.paused_since": "Pause seit {begins}, bisher ohne Ende",
    "calendar.paused": "Pause von {begins} bis {ends}: {span}",
    "calendar.paused_open": "Pause von {begins} bis {ends}: {span} Öffnungszeit",
    "calendar.put_off": "{at}, aufgeschoben um {span} Pause seither",
    "calendar.put_off_open": "{at}, aufgeschoben um {span} Öffnungszeit in Pausen seither",
    "calendar.no_days": "keine Tage zu zählen: der Beginn selbst",
    "calendar.same_time": (
        "nach {after} dieselbe Uhrzeit, {time}; Öffnungszeiten spielen keine Rolle"
    ),
    "calendar.time_skipped": "nach {after} überspringt die Uhr {time}: das Ende der Lücke",
    "calendar.time_twice": "nach {after} gibt es {time} zweimal: das erste Mal",
    "calendar.business_day": "ein Arbeitstag",
    "calendar.next_open": (
        "{day}, {time} ist geschlossen oder von der Uhr übersprungen: die nächste Öffnung"
    ),
    "calendar.all_paused": "Pause, {span} Öffnungszeit zählen nicht",
    "calendar.gives": "{span} Öffnungszeit",
    "calendar.gives_shift": "{span} Öffnungszeit, aus der Schicht vom Vortag",
    "calendar.more_paused": "{given}, weitere {span} in Pause",
    "calendar.rest_closed": "für den Rest des Tages geschlossen",
    "calendar.skipped_hours": "übersprungen, die Uhr lässt seine Stunden aus",
    "calendar.skipped_holiday": "übersprungen, Feiertag ({holiday})",
    "calendar.skipped_override": "übersprungen, als Ausnahme geschlossen",
    "calendar.skipped_weekend": "übersprungen, Wochenende",
    "calendar.skipped_weekday": (
        "übersprungen, keine Öffnungszeiten an diesem Wochentag ({weekday})"
    ),
    "calendar.day": "{first}: {what}",
    "calendar.days": "{first} bis {last}, jeweils: {what}",
    "calendar.clock_forward": "{day}: um {time} wird die Uhr {span} vorgestellt",
    "calendar.clock_back": "{day}: um {time} wird die Uhr {span} zurückgestellt",
    "calendar.relay": "der Kalender folgt der zuständigen Person",
    "calendar.relay_then": "danach Kalender {name}, Zone {zone}",
    "calendar.relay_until": "bis {at} Kalender {name}, Zone {zone}: {counted}",
    "calendar.relay_days": "bis {at} Kalender {name}, Zone {zone}, gezählte Tage: {counted}",
}

"""Part 5 of the agreement in German: nurture programmes, and leads that come back."""

RETURNS = {
    "nurture": "5. Nurture-Programme",
    "nurture.none": "Es ist kein Nurture-Programm vereinbart.",
    "nurture.what": "Was geschieht",
    "nurture.reasons": "Für Leads, die zurückkommen wegen",
    "nurture.enrol": "Aufnahme",
    "nurture.returns": "Wiedervorlage",
    "nurture.default": "Auch für jeden Grund, für den es kein eigenes Programm gibt",
    "nurture.cool_down": "Schonzeit",
    "nurture.for": "{span} nach der Rückgabe",
    "recycling": "Leads, die zurückkommen",
    "recycling.kept_back": (
        "In der Schonzeit übergibt keine Maschine den Lead: Was zu früh kommt, wartet ihr Ende ab."
        " Ein Mensch kann ihn jederzeit übergeben, ebenso Kaufverhalten, das sofortiges Handeln"
        " verlangt."
    ),
    "recycling.let_through": "Nicht warten müssen: {definitions}",
    "recycling.reopens": (
        "Öffnet ein Mensch den Lead innerhalb von {span} wieder, läuft sein Zyklus weiter; die Zeit"
        " dazwischen zählt nicht. Danach beginnt ein neuer Zyklus."
    ),
    "recycling.reasons": "Ein Grund ist anzugeben, wenn ein Lead diese Phase erreicht: {ends}",
    "recycling.remind": "Zur Wiedervorlage erfährt das Marketing: {text}",
    "recycling.hand_over": (
        "Ein Lead, der bei der Wiedervorlage eine Definition erfüllt, wird dann übergeben"
    ),
    "nurture.within": "innerhalb von {span} nach der Rückgabe",
    "nurture.after": "nach {span}",
}

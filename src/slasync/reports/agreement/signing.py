"""Parts 8 and 9 of the document: the period it holds for, and who signed what."""

from collections.abc import Iterator
from typing import Any

from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, heading, marked, table
from slasync.settings.agreement_parts import SignaturePart
from slasync.settings.paper import Paper
from slasync.settings.standing import SIDES, next_review, signature_of, signs

BLANK = Marked("." * 20)


def period(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 8."""
    file = paper.agreement
    dates = {"begins": words.day(file.period.begins), "ends": words.day(file.period.ends)}
    effective = file.effective_from
    yield heading(2, words.say("period"))
    lines = [
        words.item("period.dates", words.say("period.from_to", **dates)),
        words.item("period.after", words.say("period.goes_on")),
        words.item(
            "period.effective",
            words.moment(effective) if effective else words.say("period.first_start"),
        ),
        words.item("period.on_change", words.name("on_change", file.on_change)),
        words.item("period.review", _review(paper, words)),
    ]
    reviewed = file.sign_off.reviewed_on
    yield bullets(
        [*lines, words.item("period.reviewed", words.day(reviewed))] if reviewed else lines
    )


def _review(paper: Paper, words: Language) -> Marked | None:
    every, due = paper.agreement.review_every, next_review(paper.agreement)
    if every is None:
        return None
    if due is None:
        return words.say("period.every_signed", span=words.span(every))
    return words.say("period.every", span=words.span(every), day=words.day(due))


def sign_off(paper: Paper, words: Language) -> Iterator[Marked]:
    """Part 9."""
    signatures = [signature_of(paper.agreement, side) for side in SIDES]
    yield heading(2, words.say("sign_off"))
    yield words.say("sign_off.how", hash=code(paper.hash))
    yield from _standing(paper, words)
    yield table(
        ["", *(words.name("at_side", side) for side in SIDES)],
        [
            _row("who", [each and marked(each.who) for each in signatures], words),
            _row("role", [each and each.role and marked(each.role) for each in signatures], words),
            _row("on", [each and marked(words.day(each.on)) for each in signatures], words),
            _row("hash", [each and each.hash and code(each.hash) for each in signatures], words),
            _row("signature", [None for _ in signatures], words),
        ],
    )


def _row(key: str, cells: list[Any], words: Language) -> list[object]:
    return [words.say(f"sign_off.{key}"), *(cell or BLANK for cell in cells)]


def _standing(paper: Paper, words: Language) -> Iterator[Marked]:
    """Say whether this version is the signed one."""
    signatures = {side: signature_of(paper.agreement, side) for side in SIDES}
    if not any(signatures.values()):
        yield words.say("sign_off.nobody")
        return
    states = {side: _state(each, paper.hash) for side, each in signatures.items()}
    if not any(states.values()):
        yield words.say("sign_off.both")
        return
    yield bullets(
        words.say(f"sign_off.{state}", side=words.name("at_side", side))
        for side, state in states.items()
        if state
    )


def _state(signature: SignaturePart | None, running: str) -> str:
    """Name what is wrong with a signature; nothing where it stands under this version."""
    if signature is None:
        return "open"
    if signature.hash is None:
        return "unknown"
    return "" if signs(signature, running) else "other"

"""The document from its title to its annexes: nine parts, in the order of the agreement."""

from collections.abc import Iterator

from slasync.reports.agreement.annexes import calendars, fields, teams
from slasync.reports.agreement.follow_up import kpis, nurture
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, document, heading
from slasync.reports.agreement.purpose import definitions, goal
from slasync.reports.agreement.response import response
from slasync.reports.agreement.scoring import scoring
from slasync.reports.agreement.signing import period, sign_off
from slasync.reports.agreement.stages import stages
from slasync.reports.agreement.words_de import GERMAN
from slasync.reports.agreement.words_en import ENGLISH
from slasync.settings.paper import Paper

LANGUAGES = {language.code: language for language in (GERMAN, ENGLISH)}
PARTS = (
    goal, definitions, scoring, response, nurture, kpis, stages, period, sign_off,
    calendars, teams, fields,
)  # fmt: skip


def render(paper: Paper, language: str) -> str:
    """Return the agreement in Markdown; the same files give the same text, whatever the day."""
    words = LANGUAGES[language]
    blocks = (block for part in PARTS for block in part(paper, words))
    return document([*_head(paper, words), *blocks])


def _head(paper: Paper, words: Language) -> Iterator[Marked]:
    yield heading(1, paper.agreement.name)
    yield words.say("subtitle")
    yield bullets(
        (words.item("version", paper.agreement.version), words.item("hash", code(paper.hash)))
    )
    yield words.say("made_from")

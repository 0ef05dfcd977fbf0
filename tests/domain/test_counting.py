"""One lead is told as one: in every phrase of every book, and in the sentences of the code."""

import ast
import re
from collections.abc import Iterator, Mapping

import pytest

from slasync.domain.books.english import ENGLISH
from slasync.domain.books.german import GERMAN
from slasync.domain.counting import filled, so_many
from slasync.reports.pack import words_de, words_en
from slasync.web.dashboard.languages import CATALOGUES
from tests.packaging.dockerfile import ROOT

BOOKS: Mapping[str, Mapping[str, str]] = {
    "domain, English": ENGLISH,
    "domain, German": GERMAN,
    "pack, English": words_en.WORDS,
    "pack, German": words_de.WORDS,
    **{f"dashboard, {language}": words for language, words in CATALOGUES.items()},
}
COUNT = re.compile(r"\{(n|all|count|counted|days|least|points|times|amount|leads)\} \w")
RIGHT_WITH_ONE = {
    "assessment.total", "effort.by", "find.several", "held.allow.what", "of.share",
    "quality.share_it", "rung.not_meant_below", "said.account_above", "said.missed_more",
    "said.more", "said.over_more", "systems.spent",
}  # fmt: skip
"""Phrases that read the same of one, or that are never said of one."""
NOUNS = re.compile(
    r" (?:\w+ )?(accounts|activities|attempts|calls|clocks|deadlines|differences|effects|entries"
    r"|facts|fields|files|labels|leads|lines|minutes|owners|pairs|records|rows|rungs|seconds"
    r"|sessions|signatures|tables|tasks|tests|users|writes)\b"
)
ROOMS = ("cli", "domain", "reports", "web", "workers")
NEVER_ONE = {
    "cli/demo.py", "cli/dispute.py", "cli/finding.py", "cli/release.py", "cli/replay.py",
    "cli/report.py", "cli/revert.py", "domain/forecast.py", "domain/identity/belonging.py",
    "workers/pushing/outcomes.py",
}  # fmt: skip
"""Modules that count what is several: more than one lead of a name, the calls of a day."""


def test_a_phrase_has_a_word_for_one_and_a_word_for_several() -> None:
    phrase = "{n} {n:lead is|leads are} late"

    assert filled(phrase, {"n": 1}) == "1 lead is late"
    assert filled(phrase, {"n": "2"}) == "2 leads are late"
    assert (so_many(1, "entry", "entries"), so_many(0, "lead")) == ("1 entry", "0 leads")


@pytest.mark.parametrize("book", BOOKS)
def test_every_phrase_that_counts_can_tell_of_one(book: str) -> None:
    phrases = BOOKS[book]
    plain = {
        key
        for key, phrase in phrases.items()
        if any(f"{{{name}:" not in phrase for name in COUNT.findall(phrase))
        and f"{key}.one" not in phrases
    }

    assert plain <= RIGHT_WITH_ONE, plain - RIGHT_WITH_ONE


def several(room: str) -> Iterator[str]:
    """Yield where a sentence of the code puts any number before words for several."""
    for path in sorted((ROOT / "src/slasync" / room).rglob("*.py")):
        name = str(path.relative_to(ROOT / "src/slasync"))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.JoinedStr):
                continue
            for value, after in zip(node.values, node.values[1:], strict=False):
                if (
                    isinstance(value, ast.FormattedValue)
                    and isinstance(after, ast.Constant)
                    and NOUNS.match(str(after.value))
                    and not ast.unparse(value.value).isupper()
                    and name not in NEVER_ONE
                ):
                    yield f"{name}:{node.lineno} {ast.unparse(node)}"


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_of_the_code_tells_of_one_as_of_several(room: str) -> None:
    assert not list(several(room))

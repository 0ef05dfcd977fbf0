"""What every part says alike: texts in a language, rules, fields, settings without words."""

import json
from collections.abc import Collection, Iterator, Mapping
from string import Template

from slasync.domain.agreement import Stage
from slasync.reports.agreement.language import Language
from slasync.reports.agreement.markdown import Marked, bullets, code, marked
from slasync.settings.agreement_parts import StagesPart, WordsPart


def said(text: WordsPart | str, words: Language) -> str:
    """Return a text of the configuration in the language, where it is there in two."""
    return text.said_in(words.code) if isinstance(text, WordsPart) else text


def field(name: str, words: Language) -> Marked:
    """Return a field in words, with its name."""
    found = words.phrases.get(f"field.{name}")
    return Marked(f"{found} ({code(name)})") if found else code(name)


def stage_name(
    stage: Stage, part: StagesPart, words: Language, kind: str = "short_stage"
) -> Marked:
    """Return what the two sides call a stage."""
    own = part.names.get(stage)
    return marked(own.said_in(words.code)) if own else words.name(kind, stage)


def template(text: str, words: Language) -> Marked:
    """Return a text that names things, as `$lead`, with the things in words."""
    known = {
        name: words.phrases["thing"].format(name=words.phrases.get(f"placeholder.{name}", name))
        for name in Template(text).get_identifiers()
    }
    return words.quoted(Template(text).safe_substitute(known))


def others(written: object, told: Collection[str], words: Language) -> Iterator[Marked]:
    """Yield what a part sets besides what was `told`: nothing that holds is left out in silence."""
    part = written if isinstance(written, Mapping) else {}
    left = {key: value for key, value in part.items() if key not in told}
    if left:
        yield Marked(f"**{words.phrases['others']}:**")
        yield bullets(code(f"{key}: {flow(value)}") for key, value in left.items())


def flow(value: object) -> str:
    """Write a value of the configuration on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

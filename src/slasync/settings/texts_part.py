"""The texts of agreement.yaml: the words of tasks, messages and digest lines, in two languages."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from string import Template
from typing import Annotated, Any, Literal, Self

from pydantic import ValidationInfo, WithJsonSchema, model_validator

from slasync.domain.agreement import Text
from slasync.domain.languages import Language
from slasync.domain.wording import PLACEHOLDERS, SUBJECT_LENGTH
from slasync.settings.document import Document
from slasync.settings.known import refused, valid_template
from slasync.settings.problems import Path, Problem
from slasync.settings.strict import Strict, TemplateText
from slasync.settings.teams_file import TeamsFile

NAMES = {Language.DE: "German", Language.EN: "English"}


class TemplatePart(Strict):
    """A template: one text whatever the reader's language, or one for each language."""

    de: TemplateText | None = None
    en: TemplateText | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_text(cls, value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            said = valid_template(value, info)
            return {"de": said, "en": said}
        if not isinstance(value, Mapping):
            raise refused("should be text in quotes, or one for each language: {de: ..., en: ...}")
        if not value:
            raise refused("says nothing: give a text, or {de: ..., en: ...}")
        return value

    @property
    def languages(self) -> frozenset[Language]:
        """The languages that it stands in; both for a text that is the same in both."""
        return frozenset(each for each in Language if getattr(self, each.value))

    def said_in(self, language: str) -> str:
        """Return the text in `language` (de, en), else in the other one."""
        own, other = (self.de, self.en) if language == "de" else (self.en, self.de)
        return own or other or ""


_TEXT = {"type": "string", "minLength": 1}
_SCHEMA = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string"},
            {
                "type": "object",
                "properties": {"de": _TEXT, "en": _TEXT},
                "additionalProperties": False,
                "minProperties": 1,
            },
        ]
    }
)
Templates = Annotated[TemplatePart, _SCHEMA]
NOTHING = TemplatePart(de="", en="")


class TextPart(Strict):
    """The words of a task, a message or a digest line."""

    subject: Templates
    body: Templates = NOTHING
    priority: Literal["High", "Normal", "Low"] = "Normal"

    @model_validator(mode="before")
    @classmethod
    def _has_a_subject(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and "body" in value and value.keys() <= {"body", "priority"}:
            raise refused("has a body and no subject: a task's subject is what people see first")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for language in sorted(self.subject.languages or Language):
            subject = self.subject.said_in(language)
            if not subject.strip():
                raise refused("the subject is empty: it is what people see first")
            if len(subject) > SUBJECT_LENGTH:
                raise refused(
                    f"the subject has {len(subject)} characters, the CRM takes {SUBJECT_LENGTH}:"
                    " say the rest in the body"
                )
        if not self.languages:
            raise refused("subject and body stand in different languages: give one of them in both")
        return self

    @property
    def languages(self) -> frozenset[Language]:
        """The languages in which all of it stands."""
        return self.subject.languages & (self.body.languages or frozenset(Language))


Texts = Mapping[str, TextPart]


def text_to_domain(part: TextPart) -> Text:
    """Turn a text into its value: in the languages that all of it stands in."""
    own, *rest = sorted(part.languages)
    if rest and _said(part, own) == _said(part, rest[0]):
        return _text(part, None, _said(part, own))
    other = _text(part, rest[0], _said(part, rest[0])) if rest else None
    return replace(_text(part, own, _said(part, own)), other=other)


def _said(part: TextPart, language: Language) -> tuple[str, str]:
    return part.subject.said_in(language), part.body.said_in(language)


def _text(part: TextPart, language: Language | None, said: tuple[str, str]) -> Text:
    names = {name for each in said for name in Template(each).get_identifiers()}
    return Text(*said, part.priority, language, fields=frozenset(names - PLACEHOLDERS))


def unspoken(texts: Texts, teams: TeamsFile | None, document: Document) -> Iterator[Problem]:
    """Warn of texts that do not stand in a language somebody reads: he gets the other one."""
    read = teams.read_in if teams else {}
    for name, part in texts.items():
        for language in sorted(read.keys() - part.languages):
            other = NAMES[next(iter(part.languages))]
            path: Path = ("texts", name)
            yield document.key_problem(
                path,
                f"there is no {NAMES[language]} text: {read[language]} gets the {other} one; write"
                f" {language.value}: ... beside it",
            )

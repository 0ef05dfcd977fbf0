"""One or several: the words that go with a number, in phrases and in sentences of the code."""

from collections.abc import Mapping


class Told(str):
    """A value within a phrase: `{n} {n:lead|leads}` takes the word that fits the number."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, several, many = spec.partition("|")
        if not several:
            return super().__format__(spec)
        return one if self == "1" else many


def filled(phrase: str, values: Mapping[str, object]) -> str:
    """Return the phrase with its values, and the words that fit those that count."""
    return phrase.format_map({name: Told(value) for name, value in values.items()})


def so_many(count: int, one: str, several: str = "") -> str:
    """Write "1 lead" or "2 leads"; `several` where that is not `one` with an s."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"

"""Whether a text is German, as far as little words tell."""

import re

ONLY_ENGLISH = {
    *("and", "are", "at", "because", "been", "before", "by", "due", "for", "from", "had", "has"),
    *("have", "is", "it", "its", "nobody", "not", "of", "only", "owner", "since", "somebody"),
    *("than", "that", "the", "then", "they", "this", "to", "touched", "until", "were", "when"),
    *("which", "while", "with", "yet"),
}
"""Words that no German sentence has."""


def english_in(text: str) -> set[str]:
    """Return the words by which English is known; names with a line below are none."""
    words = re.findall(r"(?<!\w)[a-z']+(?!\w)", text.lower())
    return set(words) & ONLY_ENGLISH

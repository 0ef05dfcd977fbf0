"""Health of the mirror: records that vanished, what increments missed, webhooks that are silent."""

from collections.abc import Iterator
from datetime import datetime

from slasync.domain.counting import so_many
from slasync.domain.self_check import missed_words
from slasync.reports.self_check import Standing
from slasync.web.spans import minutes
from slasync.web.symptoms import Problem, Symptom


def mirror_notes(check: Standing, now: datetime) -> Iterator[Problem]:
    """Tell what a person has to look at."""
    for batch in check.vanished:
        yield Problem(
            Symptom.VANISHED,
            f"{so_many(batch.records, 'record')} vanished ({batch.because}); nothing is"
            " marked deleted: find"
            f" out why, and if they are gone `slasync sweep accept {batch.name}`",
        )
    for stream, missed in check.missed.items():
        said = f"increments of {stream} missed in the last day, since repaired:"
        yield Problem(Symptom.MISSED, f"{said} {missed_words(missed)}")
    for system, silence in check.silences.items():
        if silence.too_long:
            said = f"no webhook of {system} has come for {minutes(now - silence.last)}"
            yield Problem(Symptom.WEBHOOKS_SILENT, f"{said}: see its subscriptions")
    for feed in check.unheard:
        lately = f"for {minutes(now - feed.heard_at)}" if feed.heard_at else "yet"
        why = f", {feed.error}" if feed.error else ""
        said = f"{feed.name} of {feed.system} has told nothing {lately}{why}"
        yield Problem(Symptom.FEED_SILENT, f"{said}: {feed.system} is polled as without it")


def mirror_gauges(check: Standing, now: datetime) -> dict[str, float]:
    """What was missed, what vanished, when each comparison ended and the last webhook came."""
    found = {"vanished_records": float(sum(batch.records for batch in check.vanished))}
    for stream, missed in check.missed.items():
        for cause, count in missed.items():
            found[f"missed_records[{stream}:{cause.value}]"] = float(count)
    for name, run in check.last.items():
        if run.ended_at is not None:
            found[f"compared_seconds[{name}]"] = (now - run.ended_at).total_seconds()
    for system, silence in check.silences.items():
        found[f"webhook_silence_seconds[{system}]"] = (now - silence.last).total_seconds()
    found["unheard_feeds"] = float(len(check.unheard))
    return found

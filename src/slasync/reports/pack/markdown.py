"""The pack as Markdown: headings, tables, the formulas at the end."""

from collections.abc import Iterator, Mapping, Sequence

from slasync.domain.figures.kpis import Contents, Figure, Table
from slasync.reports.agreement.markdown import marked
from slasync.reports.pack.pack import Pack


def files(pack: Pack) -> Mapping[str, str]:
    """Return the one file."""
    return {f"{pack.figures.month}.md": "\n".join([*_lines(pack), ""])}


def _lines(pack: Pack) -> Iterator[str]:
    speech = pack.speech
    yield f"# {marked(pack.title)}"
    yield ""
    yield from (f"{marked(line)}  " for line in pack.stand)
    yield ""
    if pack.alarms:
        yield from _list(speech.words["alarms"], pack.alarms)
    if pack.notes:
        yield from _list(speech.words["notes"], pack.notes)
    for chapter, contents in pack.figures.chapters.items():
        yield from _chapter(pack, speech.words[f"chapter.{chapter.value}"], contents)
    yield from _maturity(pack)
    yield from _formulas(pack)


def _list(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield f"## {marked(title)}"
    yield ""
    yield from (f"- {marked(line)}" for line in lines)
    yield ""


def _chapter(pack: Pack, title: str, contents: Contents) -> Iterator[str]:
    words = pack.speech.words
    yield f"## {marked(title)}"
    yield ""
    if not contents.figures:
        yield words["no_data"]
        yield ""
        return
    header = [words[key] for key in ("figure", "value", "of", "target", "standing")]
    yield from _table(header, [_figure(pack, each) for each in contents.figures], "lrrrl")
    for table in contents.tables:
        yield from _with_title(pack, table)
    for each in contents.series:
        months = [pack.speech.short_month(month) for month in each.months]
        values = [pack.speech.value(value, each.measure) for value in each.values]
        yield f"### {marked(pack.speech.say('trend', title=pack.speech.words[each.name]))}"
        yield ""
        yield from _table(months, [values], "r" * len(months))


def _figure(pack: Pack, each: Figure) -> list[str]:
    value = pack.speech.value(each.value, each.measure)
    return [pack.speech.title(each.name), value, pack.counted(each), pack.target(each),
            pack.standing(each)]  # fmt: skip


def _with_title(pack: Pack, table: Table) -> Iterator[str]:
    speech = pack.speech
    yield f"### {marked(speech.words[f'table.{table.name}'])}"
    yield ""
    header = [speech.words[f"column.{name}"] for name, _ in table.columns]
    measures = [measure for _, measure in table.columns]
    rows = [
        [speech.cell(value, measure) for value, measure in zip(row, measures, strict=True)]
        for row in table.rows
    ]
    yield from _table(header, rows, "".join("r" if m else "l" for m in measures))
    if table.total is not None and table.total > len(rows):
        yield speech.say("first", shown=len(rows), total=table.total)
        yield ""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> Iterator[str]:
    rule = {"l": "---", "r": "---:"}
    yield _row(header)
    yield f"| {' | '.join(rule[side] for side in sides)} |"
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(marked(cell) for cell in cells)} |"


def _maturity(pack: Pack) -> Iterator[str]:
    words = pack.speech.words
    yield f"## {words['chapter.assessment']}"
    yield ""
    yield from (f"{marked(line)}  " for line in pack.maturity)
    yield ""


def _formulas(pack: Pack) -> Iterator[str]:
    words = pack.speech.words
    yield f"## {words['formulas']}"
    yield ""
    rows = [[title, how] for title, how in pack.formulas]
    yield from _table([words["figure"], words["formulas"]], rows, "ll")

"""`slasync calibrate`: do both sides mean the same by a qualified lead? Blind labels tell."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import click

from slasync.cli.databases import used_database
from slasync.cli.output import print_json, say, table, warn
from slasync.cli.surroundings import WrongCall, around, config_option, json_option
from slasync.domain.counting import so_many
from slasync.domain.figures.calibrating import (
    Attribute,
    Concord,
    Disputed,
    Pair,
    by_attribute,
    clauses_in_dispute,
    concord,
)
from slasync.offline import completed
from slasync.reports.calibration import (
    HIDDEN,
    Labels,
    WrongLabels,
    crm_only,
    fields_of,
    read_labels,
    sample,
    sample_file,
)
from slasync.store.unit import reading

MOST_SHOWN = 10
LANDIS_KOCH = (
    (Fraction(0), "no better than chance"), (Fraction(1, 5), "slight"), (Fraction(2, 5), "fair"),
    (Fraction(3, 5), "moderate"), (Fraction(4, 5), "substantial"),
)  # fmt: skip


@click.group()
def calibrate() -> None:
    """Find out whether marketing and sales mean the same by a qualified lead."""


@calibrate.command("sample")
@click.argument("number", type=click.IntRange(2, 5_000))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
              metavar="FILE", help="The CSV file to write; it is not overwritten.")  # fmt: skip
@click.option("--seed", default="1", show_default=True, help="Another seed is another sample.")
@config_option
def sample_command(*, number: int, out: Path, seed: str, config_dir: Path | None) -> None:
    """Draw NUMBER leads, half of them handed over, and write what is known of them into a file.

    Blind: neither score nor stage nor status nor what was decided is in it, and no person's name.
    Give each side a copy; each fills in `qualified` with yes or no, without the other.
    """
    surroundings = around()
    settings = surroundings.settings(config_dir)
    if out.exists():
        raise WrongCall(f"{out} is there already: labels in it would be lost; name another file")
    with used_database(settings) as engine, reading(engine) as unit:
        leads = sample(unit, number, seed)
        hidden = crm_only(settings.crm, settings.marketing)
        text = sample_file(leads, completed(settings, unit), hidden)
    if not leads:
        raise WrongCall("the mirror holds no leads yet")
    try:
        out.write_text(text, "utf-8-sig", newline="")
    except OSError as error:
        raise WrongCall(f"{out}: {error.strerror or 'cannot be written'}") from error
    if len(leads) < number:
        warn(f"the mirror holds {so_many(len(leads), 'lead')} only")
    say(f"{so_many(len(leads), 'lead')} in {out}: copy it for each side, fill in `qualified`, then"
        " `slasync calibrate read MARKETING.csv SALES.csv`")  # fmt: skip


@calibrate.command("read")
@click.argument("marketing", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("sales", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@config_option
def read_command(*, marketing: Path, sales: Path, as_json: bool, config_dir: Path | None) -> None:
    """Compare what MARKETING and SALES said: agreement beyond chance, and the clause in dispute."""
    surroundings = around()
    settings = surroundings.settings(config_dir)
    try:
        one, other = read_labels(marketing), read_labels(sales)
    except WrongLabels as error:
        raise WrongCall(str(error)) from error
    pairs = _pairs(one, other)
    with used_database(settings) as engine, reading(engine) as unit:
        fields = fields_of(unit, [pair.lead for pair in pairs])
        agreement = completed(settings, unit)
    definitions = {d.name: d.clauses for d in agreement.definitions if d.clauses}
    told = concord(pairs)
    disputed = clauses_in_dispute(pairs, fields, definitions)
    plain = {
        key: {name: value for name, value in each.items() if name not in HIDDEN}
        for key, each in fields.items()
    }
    attributes = by_attribute(pairs, plain)
    if as_json:
        print_json(_values(told, disputed, attributes))
        return
    _show(told, disputed, attributes, one.unsaid + other.unsaid)


def _pairs(marketing: Labels, sales: Labels) -> list[Pair]:
    if marketing.sample != sales.sample:
        raise WrongCall(
            f"the files are of two samples, {marketing.sample or '-'} and {sales.sample or '-'}:"
            " both sides label copies of one file"
        )
    both = sorted(marketing.said.keys() & sales.said.keys())
    if not both:
        raise WrongCall("there is no lead that both sides have labelled: fill in `qualified`")
    return [Pair(key, marketing.said[key], sales.said[key]) for key in both]


def _show(
    told: Concord, disputed: Sequence[Disputed], attributes: Sequence[Attribute], unsaid: int
) -> None:
    table("What both sides said", ("", "sales: yes", "sales: no"), [
        ("marketing: yes", told.both, told.marketing_only),
        ("marketing: no", told.sales_only, told.neither),
    ])  # fmt: skip
    say(f"They say the same of {_percent(told.observed)} of {so_many(told.total, 'lead')};"
        f" by chance it would be {_percent(told.by_chance)}.")  # fmt: skip
    kappa = told.kappa
    if kappa is None:
        say("Both say one thing of all leads: how far they agree cannot be told from that.")
    else:
        say(f"Cohen's kappa {float(kappa):.2f}: {_word(kappa)}")
    if unsaid:
        say(f"{so_many(unsaid, 'label was', 'labels were')} left empty.")
    say()
    if told.marketing_only + told.sales_only and disputed:
        first = disputed[0]
        say(f"The clause in dispute: {first.definition}: {first.clause}")
        table("Clauses, the most disputed first",
              ("definition", "clause", "holds in disputes", "holds elsewhere", "marketing alone"),
              [_clause(each) for each in disputed[:MOST_SHOWN]])  # fmt: skip
    if attributes:
        table("Where they disagree", ("field", "value", "leads", "disagreed", "share"),
              [(a.field, a.value, a.leads, a.disagreed, _percent(a.share))
               for a in attributes[:MOST_SHOWN]])  # fmt: skip


def _clause(each: Disputed) -> tuple[object, ...]:
    return (
        each.definition, each.clause, f"{each.held_disagreed} of {each.disagreed}",
        f"{each.held_agreed} of {each.agreed}", each.marketing_yes,
    )  # fmt: skip


def _word(kappa: Fraction) -> str:
    """Say in words what a kappa is usually called (Landis and Koch)."""
    return next((word for most, word in LANDIS_KOCH if kappa <= most), "nearly perfect")


def _percent(part: Fraction | None) -> str:
    return "-" if part is None else f"{float(part * 100):.4g} %"


def _number(part: Fraction | None) -> float | None:
    return None if part is None else round(float(part), 6)


def _values(
    told: Concord, disputed: Sequence[Disputed], attributes: Sequence[Attribute]
) -> dict[str, object]:
    return {
        "leads": told.total, "both": told.both, "marketing_only": told.marketing_only,
        "sales_only": told.sales_only, "neither": told.neither,
        "observed": _number(told.observed), "by_chance": _number(told.by_chance),
        "kappa": _number(told.kappa),
        "clauses": [
            {"definition": d.definition, "clause": d.clause, "agreed": d.agreed,
             "held_agreed": d.held_agreed, "disagreed": d.disagreed,
             "held_disagreed": d.held_disagreed, "marketing_yes": d.marketing_yes,
             "weight": _number(d.weight)}
            for d in disputed
        ],
        "attributes": [
            {"field": a.field, "value": a.value, "leads": a.leads, "disagreed": a.disagreed}
            for a in attributes
        ],
    }  # fmt: skip

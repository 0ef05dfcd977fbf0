"""Files of a calibration: the blind sample, and the labels that both sides gave."""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

from slasync.domain.agreement import Agreement
from slasync.domain.facts import FactKind
from slasync.domain.figures.calibrating import balanced, sample_id, shown
from slasync.domain.identity.company import email_domain
from slasync.domain.lead import Fields, Lead, LeadKey
from slasync.domain.rests import DISPUTE_FIELDS, SNOOZE_FIELDS
from slasync.errors import Refused
from slasync.reports.pack.data import harmless
from slasync.store.unit import Unit
from slasync.systems import CrmConfig, MarketingConfig, MarketoConfig, SalesforceConfig

HIDDEN = SNOOZE_FIELDS | DISPUTE_FIELDS | {
    "score", "lifecycle", "first_name", "last_name", "email", "phone", "lead_status", "converted",
    "recycle_reason", "nurture_path", "nurture_return", "disqualify_reason", "crm_company",
}  # fmt: skip
"""What tells the decision, or who the person is: neither is asked about."""
FIRST, LAST = ("sample", "lead"), ("qualified", "note")
YES = frozenset({"yes", "y", "ja", "j", "1", "true"})
NO = frozenset({"no", "n", "nein", "0", "false"})
AT_ONCE = 500
MOST_TOLD = 20
LARGEST = 20_000_000  # bytes


class WrongLabels(Refused):
    """The files cannot be compared; says why, by line."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What one side said: by lead; those that it said nothing of are counted."""

    sample: str
    said: Mapping[LeadKey, bool]
    unsaid: int


def sample(unit: Unit, number: int, seed: str) -> list[Lead]:
    """Draw leads from the mirror: half of those that were handed over, half of the others."""
    handed = set(unit.facts.leads_with([FactKind.HANDOVER]))
    every = unit.leads.all_keys()
    met, unmet = [k for k in every if k in handed], [k for k in every if k not in handed]
    chosen = balanced(met, unmet, seed, number)
    leads = unit.leads.get(chosen)
    return [leads[key] for key in chosen]


def crm_only(crm: CrmConfig | None, marketing: MarketingConfig | None) -> frozenset[str]:
    """Return the fields that leads have in the CRM alone: who has a value there was handed over."""
    if not isinstance(crm, SalesforceConfig) or marketing is None:
        return frozenset()  # HubSpot's contacts have theirs before any hand-over
    told = {mapping.name for mapping in marketing.contact_fields}
    if isinstance(marketing, MarketoConfig):
        told |= {name for each in marketing.behaviours for name in (each.name, each.at)}
    mapped = {mapping.name for mapping in (*crm.lead_fields, *crm.contact_fields)}
    return frozenset(mapped - told)


def sample_file(
    leads: Sequence[Lead], agreement: Agreement, hidden: Collection[str] = frozenset()
) -> str:
    """Write the sample as CSV: what is known of each lead, and a column to fill in.

    `hidden`: fields that would tell what was decided, besides those that always do.
    """
    hidden = HIDDEN.union(hidden, (n for d in agreement.definitions if (n := d.occurred_field)))
    told = [_told(lead, hidden) for lead in leads]
    names = sorted({name for each in told for name, value in each.items() if value is not None})
    text, own = StringIO(), sample_id(lead.key for lead in leads)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*FIRST, *names, *LAST])
    for lead, fields in zip(leads, told, strict=True):
        writer.writerow([own, lead.key, *(_cell(fields.get(name)) for name in names), "", ""])
    return text.getvalue()


def _told(lead: Lead, hidden: Iterable[str]) -> Fields:
    return {"email_domain": email_domain(lead.fields) or None, **shown(lead.fields, hidden)}


def _cell(value: object) -> str:
    if value is None:
        return ""
    return harmless(value) if isinstance(value, str) else str(value)


def read_labels(path: Path) -> Labels:
    """Read what one side said. Raises WrongLabels with every line that is wrong."""
    try:
        if path.stat().st_size > LARGEST:
            raise WrongLabels(f"{path} is larger than {LARGEST // 1_000_000} MB: the right file?")
        text = path.read_text("utf-8-sig")
    except OSError as error:
        raise WrongLabels(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WrongLabels(f"{path} is not UTF-8: save it as CSV UTF-8") from error
    return _labels(text, str(path))


def _labels(text: str, name: str) -> Labels:
    first = text.partition("\n")[0]
    between = ";" if first.count(";") > first.count(",") else ","
    rows = csv.DictReader(StringIO(text), delimiter=between)
    missing = [c for c in ("sample", "lead", "qualified") if c not in (rows.fieldnames or ())]
    if missing:
        raise WrongLabels(f"{name}:1: the column {missing[0]} is missing: keep those of the sample")
    said: dict[LeadKey, bool] = {}
    samples: set[str] = set()
    unsaid, wrong = 0, []
    for row in rows:
        key, label = LeadKey(row["lead"] or ""), (row["qualified"] or "").strip().lower()
        samples.add(row["sample"] or "")
        if key in said:
            wrong.append(f"{name}:{rows.line_num}: {key} is there twice")
        elif label in YES | NO:
            said[key] = label in YES
        elif label:
            wrong.append(f"{name}:{rows.line_num}: qualified is {label!r}: write yes or no")
        else:
            unsaid += 1
    if len(samples) > 1:
        wrong.append(f"{name}: its rows are of {len(samples)} samples: label each by itself")
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} more"] if len(wrong) > MOST_TOLD else []
        raise WrongLabels("\n".join([*wrong[:MOST_TOLD], *more]))
    return Labels(next(iter(samples), ""), said, unsaid)


def fields_of(unit: Unit, keys: Iterable[LeadKey]) -> dict[LeadKey, Fields]:
    """Return the fields of leads; of those that are gone, none."""
    found: dict[LeadKey, Fields] = {}
    ordered = iter(sorted(keys))
    while chunk := list(islice(ordered, AT_ONCE)):
        leads = unit.leads.get(chunk)
        found |= {key: leads[key].fields if key in leads else {} for key in chunk}
    return found

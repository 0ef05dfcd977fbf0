"""Forms: what a submission does to a contact, and the calls to submit and to read submissions."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from slasync.sandbox.http import is_number
from slasync.sandbox.hubspot import rules, stamps
from slasync.sandbox.hubspot.call import Answer, Call, bounded, objects_of
from slasync.sandbox.hubspot.errors import Json, bad
from slasync.sandbox.hubspot.oauth import dashed
from slasync.sandbox.hubspot.objects import next_link
from slasync.sandbox.hubspot.portal import Portal, Submission
from slasync.sandbox.hubspot.record import Origin, Record

PAGE, PAGE_BY_DEFAULT = 50, 20


def convert(portal: Portal, form: str, values: Mapping[str, Any], at: int) -> Record:
    """Let a visitor submit a form at an instant: a new contact, or a known e-mail's."""
    origin = Origin("FORM", form, "form")
    kind = portal.kind("contacts")
    table = portal.table(kind)
    email = str(values.get("email", "")).strip().lower()
    holder = table.holder("email", email)
    if holder is None:
        checked = rules.check_create(portal, kind, values, origin)
        given = {**checked, **_counted({}, [], form, at)}
        record = rules.create(portal, kind, given, origin)
    else:
        record = table.live[holder]
        further = {n: v for n, v in values.items() if n != "email"}
        checked = rules.check_update(portal, kind, record, further, origin)
        earlier = [s.form for s in portal.submissions.get(record.id, ())]
        given = {**checked, **_counted(record.properties, earlier, form, at)}
        record = rules.update(portal, kind, record, given, origin)
    conversion = dashed(portal.world.chance("hubspot.conversions").getrandbits)
    submission = Submission(conversion, form, at, dict(values))
    portal.submissions.setdefault(record.id, []).append(submission)
    return record


def _counted(before: Mapping[str, str], earlier: list[str], form: str, at: int) -> dict[str, str]:
    """Return the conversion values after one submission more."""
    values = {
        "recent_conversion_event_name": form,
        "recent_conversion_date": stamps.iso(at),
        "num_conversion_events": str(int(before.get("num_conversion_events", "0")) + 1),
        "num_unique_conversion_events": str(len({*earlier, form})),
    }
    if "first_conversion_date" not in before:
        values["first_conversion_event_name"] = form
        values["first_conversion_date"] = stamps.iso(at)
    return values


def submit(call: Call) -> Answer:
    """POST /submissions/v3/integration/submit/{portal}/{form}; needs no token."""
    body = call.body()
    values = {str(f.get("name", "")): f.get("value") for f in objects_of(body, "fields")}
    if not values.get("email"):
        raise bad("Error in 'fields.email'. Required field 'email' is missing")
    at = bounded("submittedAt", str(body.get("submittedAt") or call.portal.now), 1 << 50)
    convert(call.portal, call.params["form"], values, at)
    return Answer(HTTPStatus.OK, {"inlineMessage": "Thanks for submitting the form."})


def submissions(call: Call) -> Answer:
    """GET /form-integrations/v1/submissions/forms/{form}: newest first, no filter by time."""
    size = call.number("limit", PAGE_BY_DEFAULT, PAGE)
    after = call.text("after") or "0"
    if not is_number(after):
        raise bad(f"Invalid after value: {after}")
    every = [s for made in call.portal.submissions.values() for s in made]
    found = sorted(
        (s for s in every if s.form == call.params["form"]), key=lambda s: s.at, reverse=True
    )
    start = int(after)
    body: Json = {"results": [_shown(s) for s in found[start : start + size]]}
    if start + size < len(found):
        more = str(start + size)
        body["paging"] = {"next": {"after": more, "link": next_link(call, more)}}
    return Answer(value=body)


def _shown(submission: Submission) -> Json:
    values = [
        {"name": name, "value": value, "objectTypeId": "0-1"}
        for name, value in submission.values.items()
    ]
    return {
        "conversionId": submission.id,
        "submittedAt": submission.at,
        "values": values,
        "pageUrl": "https://www.example.com/contact",
    }

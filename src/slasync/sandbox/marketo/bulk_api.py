"""Bulk extracts over the API, the same calls for leads and for activities.

Guessed: that a file which is not there yet, or no more, is answered with HTTP 404.
"""

import re
from http import HTTPStatus

from slasync.sandbox.http import Response
from slasync.sandbox.marketo import exports
from slasync.sandbox.marketo.call import Answer, Call
from slasync.sandbox.marketo.jobs import Job
from slasync.sandbox.marketo.paging import ROWS

_KIND = 3  # which part of /bulk/v1/leads/export/... it is
_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})\Z")
_MEDIA = ("Content-Type", "text/csv;charset=UTF-8")


def listed(call: Call) -> Answer:
    """GET /bulk/v1/{leads|activities}/export.json."""
    jobs = call.services.jobs
    found = jobs.of(_kind(call), call.service.user, call.names("status"))
    start, size = call.after(ROWS), call.size()
    more = start + size if len(found) > start + size else 0
    return Answer([jobs.json(job) for job in found[start : start + size]], call.paged(ROWS, more))


def created(call: Call) -> Answer:
    """POST .../export/create.json."""
    body, kind = call.body(), _kind(call)
    read = exports.leads if kind == "leads" else exports.activities
    produce, written = read(call.instance, body), exports.file_format(body)
    job = call.services.jobs.create(kind, call.service.user, written, produce)
    return Answer([call.services.jobs.json(job)])


def enqueued(call: Call) -> Answer:
    """POST .../export/{id}/enqueue.json."""
    job = _job(call)
    call.services.jobs.enqueue(job)
    return Answer([call.services.jobs.json(job)])


def cancelled(call: Call) -> Answer:
    """POST .../export/{id}/cancel.json, which spells the status in another way."""
    job = _job(call)
    call.services.jobs.cancel(job)
    return Answer([call.services.jobs.json(job) | {"status": "Cancelled"}])


def status(call: Call) -> Answer:
    """GET .../export/{id}/status.json."""
    return Answer([call.services.jobs.json(_job(call))])


def file(call: Call) -> Answer:
    """GET .../export/{id}/file.json: the file, or the bytes of it that `Range` asks for."""
    whole = call.services.jobs.file(_job(call))
    if whole is None:
        return Answer(raw=Response(HTTPStatus.NOT_FOUND))
    asked = call.request.header("Range")
    if asked is None:
        return Answer(raw=Response(HTTPStatus.OK, (_MEDIA,), whole))
    return Answer(raw=_part(whole, asked))


def _part(whole: bytes, asked: str) -> Response:
    match, size = _RANGE.match(asked.strip()), len(whole)
    first, last = (match[1], match[2]) if match else ("", "")
    if first:
        start, end = int(first), min(int(last or size - 1), size - 1)
    else:
        start, end = max(0, size - int(last or 0)), size - 1
    if not match or start > end or not (first or last):
        none = (("Content-Range", f"bytes */{size}"),)
        return Response(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, none)
    part = (_MEDIA, ("Content-Range", f"bytes {start}-{end}/{size}"))
    return Response(HTTPStatus.PARTIAL_CONTENT, part, whole[start : end + 1])


def _job(call: Call) -> Job:
    return call.services.jobs.need(call.params["id"], _kind(call), call.service.user)


def _kind(call: Call) -> str:
    return call.request.path.split("/")[_KIND]

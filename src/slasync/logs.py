"""Log lines: one JSON object each, without secrets, without personal data, without frame locals."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, BinaryIO, cast

import orjson
import structlog
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, Processor

from slasync.clock import Clock

SECRET, PERSONAL = "****", "[personal]"
CUT = "..."
LONGEST_TEXT = 4_000
DEEPEST = 8
MOST_ITEMS = 200
MOST_FRAMES = 20
LARGEST_NUMBER = 2**63

_SECRET_KEY = re.compile(
    r"secret|token|passw|passphrase|authori[sz]ation|cookie|api_?key|private_?key|credential"
    r"|assertion|signature|session_?id|bearer|dsn",
    re.IGNORECASE,
)
_PERSONAL_KEY = re.compile(
    r"e_?mail|phone|mobile|\bfax|first_?name|last_?name|full_?name|street|birth|ip_?address",
    re.IGNORECASE,
)
_PATTERNS = (
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL), SECRET),
    (re.compile(r"(://[^/\s:@]*):[^/\s@]+@"), rf"\1:{SECRET}@"),  # a password inside a URL
    (re.compile(r"(://(?:hooks\.[\w.-]+|[\w.:-]+/hooks)/)\S+"), rf"\1{SECRET}"),  # a webhook
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), rf"\1 {SECRET}"),
    (re.compile(r"\bpat-[a-z]{2}\d-[\w-]{8,}"), SECRET),  # HubSpot
    (re.compile(r"\b00D\w{12,15}![\w.]{8,}"), SECRET),  # a Salesforce session
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), SECRET),  # a JSON web token
    (
        re.compile(
            r"(?i)\b((?:access_|refresh_)?token|client_secret|assertion|password)=[^&\s\"']+"
        ),
        rf"\1={SECRET}",
    ),
    (re.compile(r"[\w.+'-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"), "[email]"),
    # with country code, with area code in brackets, or grouped and led by a zero: not ids or times
    (re.compile(r"(?<![\w+])\+\d(?:[ ().\-/]{0,2}\d){7,14}(?![\w:])"), "[phone]"),
    (re.compile(r"(?<!\w)\(\d{2,5}\)[ \-]?\d{2,4}(?:[ \-/]?\d{2,4}){1,3}(?!\w)"), "[phone]"),
    (re.compile(r"(?<![\w.:\-])0\d{1,4} ?[ /\-] ?\d{3,}(?:[ \-]?\d{2,}){0,3}(?![\w:])"), "[phone]"),
    (re.compile(r"(?<![\w.:\-])\d{3}[.\-]\d{3}[.\-]\d{4}(?![\w:])"), "[phone]"),
)


def configure(clock: Clock, *, level: str = "info", out: BinaryIO | None = None) -> None:
    """Send slasync's log lines, and those of the libraries, to `out` (stderr)."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=list(chain(clock)),
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(
            cast("BinaryIO", _Bearing(out or sys.stderr.buffer))
        ),
        cache_logger_on_first_use=False,  # what is configured later reaches every logger
    )
    logging.basicConfig(handlers=[_Forwarded()], level=logging.WARNING, force=True)


def chain(clock: Clock) -> tuple[Processor, ...]:
    """Return the processors, redaction after everything that adds text."""
    frames = ExceptionDictTransformer(show_locals=False, max_frames=MOST_FRAMES)
    return (
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _stamped(clock),
        structlog.processors.StackInfoRenderer(),
        ExceptionRenderer(frames),
        redacted,
        _rendered,
    )


def redacted(_: Any, __: str, event_dict: EventDict) -> EventDict:
    """Take secrets and personal data out of a whole log line."""
    return {key: _safe(key, value, DEEPEST) for key, value in event_dict.items()}


def scrub(text: str) -> str:
    """Take out of a text whatever looks like a secret, an e-mail address or a phone number."""
    text = text[:LONGEST_TEXT] + CUT if len(text) > LONGEST_TEXT else text
    if not text.isascii():
        text = text.encode(errors="backslashreplace").decode()
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _safe(key: str, value: Any, levels: int) -> Any:
    if _SECRET_KEY.search(key) and not isinstance(value, bool | None):
        return SECRET
    if _PERSONAL_KEY.search(key) and isinstance(value, str | list | tuple | Mapping):
        return PERSONAL
    return _safe_value(key, value, levels)


def _safe_value(key: str, value: Any, levels: int) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Enum):
        return _safe_value(key, value.value, levels)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _safe_items(key, value, levels - 1) if levels else CUT
    return _safe_scalar(value)


def _safe_scalar(value: Any) -> str | int | float:
    match value:
        case int():
            return value if abs(value) < LARGEST_NUMBER else str(value)
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | bytearray():
            return f"[{len(value)} bytes]"
        case _:
            return scrub(str(value))


def _safe_items(key: str, value: Any, levels: int) -> Any:
    if isinstance(value, Mapping):
        pairs = list(value.items())[:MOST_ITEMS]
        return {scrub(str(k)): _safe(str(k), v, levels) for k, v in pairs}
    return [_safe(key, each, levels) for each in list(value)[:MOST_ITEMS]]


def _stamped(clock: Clock) -> Processor:
    def stamp(_: Any, __: str, event_dict: EventDict) -> EventDict:
        event_dict["at"] = clock.now()
        return event_dict

    return stamp


def _rendered(_: Any, __: str, event_dict: MutableMapping[str, Any]) -> bytes:
    return orjson.dumps(event_dict)


class _Bearing:
    """An output that bears to have no reader, or no space: the daemon goes on without its log."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def write(self, line: bytes) -> int:
        with suppress(OSError, ValueError):  # ValueError: closed
            return self._out.write(line)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._out.flush()


class _Forwarded(logging.Handler):
    """Passes the standard library's log records on to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)

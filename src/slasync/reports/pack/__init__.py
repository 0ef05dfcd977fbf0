"""The monthly pack: one month's figures to read, print, open in a spreadsheet or take further."""

from slasync.reports.pack.numbers import LANGUAGES, Speech
from slasync.reports.pack.pack import FORMATS, Pack, rendered

__all__ = ["FORMATS", "LANGUAGES", "Pack", "Speech", "rendered"]

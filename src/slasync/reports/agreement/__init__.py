"""The agreement as a document that both sides read and sign, from the files slasync runs on."""

from slasync.reports.agreement.whole import LANGUAGES, render

__all__ = ["LANGUAGES", "render"]

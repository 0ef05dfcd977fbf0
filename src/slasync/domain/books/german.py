"""All that is said of leads in German."""

from collections.abc import Mapping

from slasync.domain.books.clocks_de import CLOCKS_DE
from slasync.domain.books.facts_de import FACTS_DE
from slasync.domain.books.kinds_de import KINDS_DE
from slasync.domain.books.leads_de import LEADS_DE
from slasync.domain.books.recorded_de import RECORDED_DE

GERMAN: Mapping[str, str] = {**KINDS_DE, **FACTS_DE, **CLOCKS_DE, **LEADS_DE, **RECORDED_DE}

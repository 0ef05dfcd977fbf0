"""All that is said of leads in English."""

from collections.abc import Mapping

from slasync.domain.books.clocks_en import CLOCKS_EN
from slasync.domain.books.facts_en import FACTS_EN
from slasync.domain.books.kinds_en import KINDS_EN
from slasync.domain.books.leads_en import LEADS_EN
from slasync.domain.books.recorded_en import RECORDED_EN

ENGLISH: Mapping[str, str] = {**KINDS_EN, **FACTS_EN, **CLOCKS_EN, **LEADS_EN, **RECORDED_EN}

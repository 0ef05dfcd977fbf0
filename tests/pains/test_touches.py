"""What counts as a touch, and what nobody is blamed for."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations

import pytest

from slasync.domain.attempts import attempts
from slasync.domain.custody import Holder
from slasync.domain.decide import Decision, decide
from slasync.domain.facts import Fact, FactKind
from slasync.domain.history import fold
from tests.builders import (
    ANA,
    BEN,
    DAY,
    HOUR,
    MIA,
    MONDAY,
    a_fact,
    a_lead,
    called,
    owned,
    scored,
    status,
    terms,
)
from tests.pains.marks import pain

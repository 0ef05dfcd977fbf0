"""KPIs: every figure of the agreement for a month, from the facts of the mirror alone.

`figures` measures a month, `accepted_so_far` the one that runs; docs/kpis.md has the formulas.
"""

from slasync.reports.kpis.costs import Cost, WrongCosts, read_costs
from slasync.reports.kpis.month import Figures, figures
from slasync.reports.kpis.running import accepted_so_far
from slasync.reports.kpis.sales import MQL_TO_SAL

__all__ = [
    "MQL_TO_SAL",
    "Cost",
    "Figures",
    "WrongCosts",
    "accepted_so_far",
    "figures",
    "read_costs",
]

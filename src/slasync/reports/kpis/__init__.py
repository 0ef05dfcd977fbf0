"""KPIs: every figure of the agreement for a month, from the facts of the mirror alone.

`figures` is all there is to call; docs/kpis.md has the formulas.
"""

from slasync.reports.kpis.costs import Cost, WrongCosts, read_costs
from slasync.reports.kpis.month import Figures, figures

__all__ = ["Cost", "Figures", "WrongCosts", "figures", "read_costs"]

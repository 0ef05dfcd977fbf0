"""How much: KPIs, what each side owes, custody, data quality, forecasts and maturity."""

"""Pages of the exchange by noun."""

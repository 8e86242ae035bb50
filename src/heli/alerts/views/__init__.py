"""Pages of the alerts, cut by noun."""

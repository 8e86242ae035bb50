"""Pages of what the catalogue says, its grounds, its sources and forbidden combinations."""

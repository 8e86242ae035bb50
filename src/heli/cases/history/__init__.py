"""Event logs of past work: read, imported as facts, and analysed."""

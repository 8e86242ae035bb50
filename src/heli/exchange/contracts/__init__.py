"""Contract versions: read from files, compared, published, deprecated, given out."""

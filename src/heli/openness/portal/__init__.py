"""What everybody may fetch: files of datasets, what was measured of them, and the catalogue."""

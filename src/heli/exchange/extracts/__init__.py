"""Bulk extracts: a resource as a file, made one recipient's own, handed over under receipt."""

"""A run as a PDF report, for those who decide and for the file."""

"""Pages of applications for data, their decisions and appeals."""

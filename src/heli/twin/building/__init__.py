"""City models built from resources of the exchange: recipe, extracts, join, version."""

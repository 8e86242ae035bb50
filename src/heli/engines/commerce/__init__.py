"""Where people spend: Huff's model with an outside option and budgets that give way."""

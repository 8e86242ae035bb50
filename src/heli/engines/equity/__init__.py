"""Who can reach what, who has how much, and who gains or loses by a change."""

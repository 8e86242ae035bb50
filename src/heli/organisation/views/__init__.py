"""Pages: signing in, one's account, and the organisation."""

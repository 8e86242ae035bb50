"""What the organisation asks of rooms above it."""

from heli.kernel.registry import question


@question("organisation.is_published_password")
def is_published_password(password: str) -> bool:
    """Whether a password stands in public, so that it opens no account; by default none does."""
    return False

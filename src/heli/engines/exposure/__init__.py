"""From emissions to the air people breathe: dispersion and exposure."""

"""REST interface of the exchange beside its catalogue and grants, by noun."""

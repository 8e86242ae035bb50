"""How well modelled numbers agree with observed ones."""

"""Numbers that come from outside, checked once at the door of an engine.

What is wrong is named by its place: ``flow[3, 1] is -5``, not "invalid input".
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heli.errors import BadInputError, gettext_noop

Numbers = NDArray[np.float64]
Indices = NDArray[np.intp]
Shape = Sequence[int | None]


class NotNumbersError(BadInputError):
    """Something is not an array of numbers at all."""

    code = "arrays.not_numbers"
    message = gettext_noop("{name} does not consist of numbers.")
    remedy = gettext_noop("Give an array of the shape {wanted}.")


class BadShapeError(BadInputError):
    """An array has another shape than the arrays it belongs to."""

    code = "arrays.shape"
    message = gettext_noop("{name} has the shape {found}.")
    remedy = gettext_noop("Give an array of the shape {wanted}.")


class BadNumberError(BadInputError):
    """A number is not finite or out of its range; ``place`` says which."""

    code = "arrays.number"
    message = gettext_noop("{place} is {found}.")
    remedy = gettext_noop("Give a finite number within {wanted} there.")


class BadIndexError(BadInputError):
    """A number is to point into a list and does not."""

    code = "arrays.index"
    message = gettext_noop("{place} is {found}.")
    remedy = gettext_noop("Give a whole number from 0 to {last} there.")


def numbers(
    values: ArrayLike,
    field: str,
    shape: Shape = (),
    *,
    least: float = -np.inf,
    most: float = np.inf,
    above: float | None = None,
    infinite: bool = False,
) -> Numbers:
    """``values`` as floats, if all of them can be used.

    Args:
        values: Anything NumPy can read.
        field: What they are called where they come from.
        shape: The lengths of the axes; ``None`` stands for any, ``()`` for a single number.
        least: The least that is allowed.
        most: The most that is allowed.
        above: If given, all must be greater than this.
        infinite: Whether ∞ may stand for "not at all", as a cost does where no way leads.

    Raises:
        NotNumbersError: If they are no numbers.
        BadShapeError: If their shape is another.
        BadNumberError: For the first that is not finite or out of its range.
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise NotNumbersError(field=field, name=field, wanted=_shown(shape)) from error
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        raise BadShapeError(
            field=field, name=field, found=_shown(array.shape), wanted=_shown(shape)
        )
    fine = (array >= least) & (array <= most) & (np.isfinite(array) | (infinite & (array > 0)))
    if above is not None:
        fine &= array > above
    if not fine.all():
        place, found = _first(array, fine, field)
        opening = f"({above:g}" if above is not None else f"[{least:g}"
        raise BadNumberError(field=field, place=place, found=found, wanted=f"{opening}, {most:g}]")
    return array


def indices(values: ArrayLike, field: str, shape: Shape, size: int) -> Indices:
    """``values`` as positions in a list of ``size`` entries.

    Raises:
        BadIndexError: For the first that is not a whole number from 0 to ``size - 1``.
    """
    array = numbers(values, field, shape)
    fine = (array >= 0) & (array < size) & (array == np.floor(array))
    if not fine.all():
        place, found = _first(array, fine, field)
        raise BadIndexError(field=field, place=place, found=found, last=size - 1)
    return array.astype(np.intp)


def _shown(shape: Shape) -> str:
    return "(" + ", ".join("n" if length is None else str(length) for length in shape) + ")"


def _first(array: Numbers, fine: NDArray[np.bool_], field: str) -> tuple[str, str]:
    at = tuple(int(index) for index in np.argwhere(~fine)[0])
    return (f"{field}[{', '.join(map(str, at))}]" if at else field), f"{array[at]:g}"

"""What every function that takes a number a task checks of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raymenu.instances.errors import InputError


def task_vector(values: ArrayLike, name: str, tasks: int | None = None) -> NDArray[np.float64]:
    """A finite number a task, (I,), as an array of its own.

    Parameters
    ----------
    name
        What the message calls it.
    tasks
        I, where it is known.

    Raises
    ------
    InputError
        Where the values are no such vector.

    Examples
    --------
    >>> task_vector([1, 2], "w", tasks=2).tolist()
    [1.0, 2.0]
    """
    wanted = "one number a task is needed" if tasks is None else f"{tasks} numbers needed, one a task"
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as fault:
        raise InputError(f"{wanted} ({fault})", field=name) from None
    if array.ndim != 1 or (tasks is not None and array.size != tasks):
        raise InputError(f"{wanted}, the shape given is {array.shape}", field=name)
    if not np.isfinite(array).all():
        raise InputError("numbers must be finite", field=name)
    return array


def endowment_vector(values: ArrayLike, tasks: int | None = None) -> NDArray[np.float64]:
    """eta, (I,): a task vector of nonnegative numbers.

    Raises
    ------
    InputError
        Where the values are no such vector.

    Examples
    --------
    >>> endowment_vector([1, 0], tasks=2).tolist()
    [1.0, 0.0]
    """
    eta = task_vector(values, "endowment", tasks)
    if (eta < 0).any():
        raise InputError("an endowment holds nonnegative numbers of tasks", field="endowment")
    return eta

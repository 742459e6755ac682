"""The states of the global generators of random numbers, of whatever library is loaded.

A library is asked only if it has been imported already, since only then can anything draw from it.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

Reading = tuple[Any, Callable[[], Any]]
"""A state that can be compared, and what brings the generator to it again."""


class State:
    """The states of global generators at a moment.

    Parameters
    ----------
    sure : bool, default=False
        Whether it is about code in which nothing refers to a generator. Compiled code may draw from
        the libraries' all the same, but not from Python's, which is left out: other threads of this
        process draw from it (a cluster's worker has some, and so has a tracker).
    """

    __slots__ = ("_readings",)

    def __init__(self, *, sure: bool = False) -> None:
        self._readings = [*_of_numpy()] if sure else [*_of_python(), *_of_numpy()]
        for name, read in _OTHERS.items():
            if (module := sys.modules.get(name)) is not None:
                with suppress(Exception):  # of another version, or half imported
                    self._readings += read(module)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, State):
            return NotImplemented
        return [state for state, _ in self._readings] == [state for state, _ in other._readings]

    __hash__ = None  # type: ignore[assignment] # it is compared, and used once

    def restore(self) -> None:
        """Bring the generators to this state again: what was drawn in vain is drawn again."""
        for _, restore in self._readings:
            restore()


def _of_python() -> Iterator[Reading]:
    state = random.getstate()
    yield state, partial(random.setstate, state)


def _of_numpy() -> Iterator[Reading]:
    state = np.random.get_state()  # noqa: NPY002 - it is the global one that matters
    name, key, *rest = state
    restore = partial(np.random.set_state, state)
    yield (name, np.asarray(key).tobytes(), *rest), restore


def _of_torch(torch: Any) -> Iterator[Reading]:
    state = torch.get_rng_state()
    yield state.numpy().tobytes(), partial(torch.set_rng_state, state)
    if torch.cuda.is_initialized():  # pragma: no cover - it takes a graphics card
        for device, state in enumerate(torch.cuda.get_rng_state_all()):
            yield state.numpy().tobytes(), partial(torch.cuda.set_rng_state, state, device)


def _of_tensorflow(ops: Any) -> Iterator[Reading]:
    if (generator := ops.global_generator) is not None:
        state = generator.state.numpy()
        yield state.tobytes(), partial(generator.reset, state)


def _of_tensorflows_seeds(context: Any) -> Iterator[Reading]:
    seeds = getattr(context._context, "_rng", None)  # there once `tf.random.set_seed` was called
    if seeds is not None:
        state = seeds.getstate()
        yield state, partial(seeds.setstate, state)


def _of_keras(global_state: Any) -> Iterator[Reading]:
    generator = global_state.get_global_attribute("global_seed_generator")
    if generator is not None:
        state = np.array(generator.state)
        yield state.tobytes(), partial(generator.state.assign, state)


_OTHERS: dict[str, Callable[[Any], Iterator[Reading]]] = {
    "torch": _of_torch,
    "tensorflow.python.ops.stateful_random_ops": _of_tensorflow,
    "tensorflow.python.eager.context": _of_tensorflows_seeds,
    "keras.src.backend.common.global_state": _of_keras,
}
"""By the module that has the generator."""

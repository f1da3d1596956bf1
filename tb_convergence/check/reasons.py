"""What a factor between a gradient and the derivative may come from."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field

LARGEST_REPLICAS = 16
"""Whole factors up to here may be a number of replicas or accumulated steps."""

SMALLEST_LOSS_SCALE = 2**8
"""Powers of two from here on are usual loss scales; dynamic ones begin at 2**15."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the computation besides its numbers.

    Attributes:
      sizes: first dimensions that occur in it: the batch is one of them.
      replicas: of the ``tf.distribute`` strategy in force.
    """

    sizes: Collection[int] = field(default_factory=frozenset)
    replicas: int = 1


def reason(factor: float, tolerance: float, around: Surroundings) -> str:
    """The likely reasons, best first, for a gradient that is ``factor`` × the derivative; empty: none is known.

    ``tolerance``: relative, to which the factor is known.
    """
    size = abs(factor)
    found = [_SIGN] if factor < 0 else []
    count = _whole(size, tolerance)
    if count is None:
        found.append("scaled or clipped on the way")
    elif count > 1:
        found.append("; or ".join(_counted(count, inverse=size < 1.0, around=around)))
    return "; ".join(found)


def _counted(count: int, *, inverse: bool, around: Surroundings) -> list[str]:
    found = []
    if count == 2:
        found.append(
            "a factor 2 is missing, as in d(w²) = w"
            if inverse
            else "a factor 2 too many, as for a loss with ½ in front"
        )
    if count in around.sizes and count > 1:
        found.append(f"{_averaging(inverse=inverse)}, over a batch of {count}")
    if count == around.replicas:
        found.append(f"{_averaging(inverse=inverse)}, over {count} replicas")
    if count >= SMALLEST_LOSS_SCALE and math.log2(count).is_integer():
        scale = f"2^{int(math.log2(count))}"
        found.append(f"undone twice: a loss scale of {scale}" if inverse else f"a loss scale of {scale} was not undone")
    if not found:
        what = "replicas, accumulated steps or examples" if count <= LARGEST_REPLICAS else "examples of a batch"
        found.append(f"{_averaging(inverse=inverse)}, over {count} {what}")
    return found


_SIGN = "the sign is turned: a minus too many, or the gradient of what is to become larger"


def _averaging(*, inverse: bool) -> str:
    return "a mean where the loss has a sum" if inverse else "a sum where the loss has a mean"


def _whole(size: float, tolerance: float) -> int | None:
    """N where ``size`` is N or 1/N within the tolerance, else ``None``."""
    larger = max(size, 1.0 / size) if size > 0 else math.inf
    if not math.isfinite(larger):
        return None
    count = round(larger)
    # beyond 1/tolerance every number is nearly whole, and only round ones mean something
    clear = tolerance * count < 0.2 or math.log2(count).is_integer()
    return count if clear and abs(larger - count) <= tolerance * larger else None

"""One step measured in numpy, where training runs eagerly on a CPU: ``graph_step.advance`` once more."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tb_convergence.record import host
from tb_convergence.record.assembly import SAMPLE_NORM
from tb_convergence.record.carried import Carried
from tb_convergence.record.observation import Observation
from tb_convergence.record.parts import Parts


@np.errstate(all="ignore")  # what is not finite is recorded, and no reason to warn
def advance(parts: Parts, seen: Observation) -> None:
    """Takes in one step."""
    sampled, turns, batch = parts.sampled, parts.turns, parts.sampled.batch_on_host
    gradients, kept = _whole(parts, seen.gradients), _arrays(seen.before)
    last, g_last, g_older, u_last, waiting, call = parts.state.here()
    w, w_next, g = batch(kept), batch(_arrays(seen.after)), batch(gradients)
    if any(k is None for k in kept):  # see ``graph_step``
        missing = np.array([[k is None] for k in kept])
        moved = missing.all() or np.any((w_next - w)[~missing[:, 0]])
        w = np.where(missing, last if moved else w_next, w)
    u = w_next - w
    updated = seen.settled or bool(np.any(u))
    extremes = host.extremes(g, sampled.taken)
    exact = host.exact(gradients, turns.due(call, _odd(gradients, extremes)))
    columns = [extremes, exact, *_compared(parts, g, seen.references)]
    u_now = w - last if waiting else u_last
    now, earlier = (w, g, u, g_last, u_now), (last, g_last, w - last, g_older, u_last)
    step = parts.counter.next() if seen.step is None else seen.step
    more = [seen.extras.get(name, np.nan) for name in parts.extras]
    rest = [float(not updated), *(float(x) for x in (step, seen.loss, seen.rates[int(updated)], *more))]
    heads = [[call, 1.0, 0.0, *rest]] if waiting else [[call, 0.0, float(updated), *rest]]
    blocks = [host.measured(earlier if waiting else now)]
    if waiting and updated:
        heads.append([call, 0.0, 1.0, *rest])
        blocks.append(host.measured(now))
    flat = np.concatenate(columns, 1).ravel()
    parts.ring.write_on_host(heads, [np.concatenate([b.ravel(), flat]) for b in blocks])
    parts.state.keep(Carried(w_next, g, g_last, u if updated else u_now, not updated, call + 1))


def _odd(gradients: Sequence[Any], extremes: NDArray[np.float64]) -> Sequence[bool]:
    """Of which the sample is not finite."""
    finite = np.isfinite(extremes[:, SAMPLE_NORM])
    if finite.all():
        return [False] * len(gradients)
    return [g is not None and not ok for g, ok in zip(gradients, finite, strict=True)]


def _whole(parts: Parts, tensors: Sequence[Any]) -> list[NDArray[Any] | None]:
    """All numbers of gradients, in a type that holds their squares."""
    kind = np.dtype(parts.sampled.dtype.as_numpy_dtype)
    return [a if a is None or a.dtype == kind else a.astype(kind) for a in _arrays(tensors)]


def _compared(parts: Parts, sample: NDArray[Any], references: Sequence[Any] | None) -> list[NDArray[np.float64]]:
    """``REFERENCE``, where there are references."""
    if references is None:
        return []
    given = _whole(parts, references)
    norms = host.exact(given, range(len(given)))[:, 0]
    return [np.stack([norms, host.cosines(parts.sampled.batch_on_host(given), sample)], 1)]


def _arrays(tensors: Sequence[Any]) -> list[NDArray[Any] | None]:
    """The numbers of eager tensors, not copied; of complex ones the real part, as in a graph."""
    found = [x if x is None or isinstance(x, np.ndarray) else x._numpy() for x in tensors]
    return [x if x is None or x.dtype.kind != "c" else x.real for x in found]

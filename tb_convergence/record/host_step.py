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
    gradients, kept = [_whole(parts, g) for g in seen.gradients], [_array(k) for k in seen.before]
    last, g_last, g_older, u_last, waiting, call = parts.state.here()
    w, w_next, g = batch(kept), batch([_array(a) for a in seen.after]), batch(gradients)
    missing = np.array([[k is None] for k in kept])
    if missing.any():  # see ``graph_step``
        moved = missing.all() or np.any((w_next - w)[~missing[:, 0]])
        w = np.where(missing, last if moved else w_next, w)
    u = w_next - w
    updated = seen.settled or bool(np.any(u))
    extremes = host.extremes(g, sampled.taken)
    odd = [g is not None and not np.isfinite(e[SAMPLE_NORM]) for g, e in zip(gradients, extremes, strict=True)]
    exact = host.exact(gradients, turns.due(call, odd))
    columns = [extremes, exact, *_compared(parts, g, seen.references)]
    u_now = w - last if waiting else u_last
    now, earlier = (w, g, u, g_last, u_now), (last, g_last, w - last, g_older, u_last)
    step = _next_number(parts) if seen.step is None else seen.step
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


def _next_number(parts: Parts) -> int:
    number = int(parts.counter.numpy())
    parts.counter.assign_add(1)
    return number


def _whole(parts: Parts, tensor: Any) -> NDArray[Any] | None:
    """All numbers of a gradient, in a type that holds their squares."""
    found = _array(tensor)
    return None if found is None else found.astype(parts.sampled.dtype.as_numpy_dtype, copy=False)


def _compared(parts: Parts, sample: NDArray[Any], references: Sequence[Any] | None) -> list[NDArray[np.float64]]:
    """``REFERENCE``, where there are references."""
    if references is None:
        return []
    given = [_whole(parts, r) for r in references]
    norms = host.exact(given, range(len(given)))[:, 0]
    return [np.stack([norms, host.cosines(parts.sampled.batch_on_host(given), sample)], 1)]


def _array(x: Any) -> NDArray[Any] | None:
    """The numbers of an eager tensor, not copied; of complex ones the real part, as in a graph."""
    found = x if x is None or isinstance(x, np.ndarray) else x._numpy()
    return found.real if found is not None and found.dtype.kind == "c" else found

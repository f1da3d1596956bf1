"""Where the labels lie, and how much of the way to them from where the outputs began a regression has come."""

import numpy as np

from tb_convergence.diagnose.estimators.noise import median
from tb_convergence.series import Series

LEAST_LOSS = 0.3
"""Loss over the size of the labels from which it is an absolute or a squared error of the labels as they are, and not,
say, of their logarithms."""

ONWARD = 0.4
"""Share of the outputs' growth that the later half of the looks must hold: those that are on their way grow as fast
later as at first, those that came to rest do not."""


def share_of_labels(series: Series) -> float | None:
    """Size of the last outputs over that of the labels, both a root mean square over a batch.

    ``None`` where they were not looked at twice, where labels name classes, where the outputs do not grow to the end,
    and where the loss is too small to be an error of these labels.
    """
    step = series.step
    labels, outputs = (np.hypot(step(f"{x}_mean"), step(f"{x}_std")) for x in ("label", "output"))
    seen = outputs[np.isfinite(outputs) & np.isfinite(labels)]
    size = median(labels)
    if len(seen) < 2 or np.isfinite(step("label_classes")).any() or not size > 0.0:
        return None
    grown, later = seen[-1] - seen[0], seen[-1] - seen[(len(seen) - 1) // 2]
    grows = grown > 0.0 and later > ONWARD * grown
    return float(seen[-1] / size) if grows and median(step("loss")) > LEAST_LOSS * size else None


def label_range(series: Series) -> tuple[float, float]:
    """The least and the largest label that was looked at; NaN where none was."""
    low, high = (x[np.isfinite(x)] for x in (series.step("label_min"), series.step("label_max")))
    return float(low.min()) if len(low) else np.nan, float(high.max()) if len(high) else np.nan

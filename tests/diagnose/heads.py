"""Runs as of another last layer, or with other numbers a step."""

from dataclasses import replace

import numpy as np

from tb_convergence.series import Series


def with_head(series: Series, activation: str) -> Series:
    variables = (*series.variables[:-2], *(replace(v, activation=activation) for v in series.variables[-2:]))
    return replace(series, variables=variables)


def with_steps(series: Series, **values: object) -> Series:
    changed = {name: np.broadcast_to(np.asarray(value, float), len(series)).copy() for name, value in values.items()}
    return replace(series, step_values={**series.step_values, **changed})

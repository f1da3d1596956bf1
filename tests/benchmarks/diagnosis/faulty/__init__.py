"""The faulty trainings: a healthy one with a single fault, the findings that name it, and what repairs it.

Where two findings are two names of one fault (a kernel of tiny variance *is* the poor initialization that makes the
gradient vanish), both are right; what merely follows from the fault is not.
"""

from tests.benchmarks.diagnosis.faulty import data, gradients, networks, progress, rates, regularization
from tests.benchmarks.diagnosis.faulty.declare import Suite
from tests.benchmarks.diagnosis.training import Case

_SUITE = Suite()
for _part in (rates, progress, gradients, networks, data, regularization):
    _part.declare(_SUITE.add)
FAULTY: tuple[Case, ...] = tuple(_SUITE.cases)

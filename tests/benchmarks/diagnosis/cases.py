"""Every case of the suite."""

from tests.benchmarks.diagnosis.faulty import FAULTY
from tests.benchmarks.diagnosis.healthy import HEALTHY
from tests.benchmarks.diagnosis.training import Case

CASES: tuple[Case, ...] = (*FAULTY, *HEALTHY)

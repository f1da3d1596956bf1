"""Why does my TensorFlow training not converge? Records a run, and names the cause.

The public names load on first use: importing this package imports neither TensorFlow nor TensorBoard. What it does
see to is that tapes are observed from the first one on, whichever of the two is imported first.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from tb_convergence.record.early import observe_tensorflow

if TYPE_CHECKING:
    from tb_convergence.callback.convergence_callback import ConvergenceCallback
    from tb_convergence.check.gradients import check_gradients
    from tb_convergence.live.start import should_stop, start
    from tb_convergence.logdir import diagnose
    from tb_convergence.record.log_step import flush, log_step
    from tb_convergence.record.matching import AmbiguousGradientsError

__version__ = "0.1.0"
__all__ = [
    "AmbiguousGradientsError",
    "ConvergenceCallback",
    "__version__",
    "check_gradients",
    "diagnose",
    "flush",
    "log_step",
    "should_stop",
    "start",
]

_HOME = {
    "ConvergenceCallback": "tb_convergence.callback.convergence_callback",
    "AmbiguousGradientsError": "tb_convergence.record.matching",
    "check_gradients": "tb_convergence.check.gradients",
    "diagnose": "tb_convergence.diagnose",  # the room itself, which can be called
    "flush": "tb_convergence.record.log_step",
    "log_step": "tb_convergence.record.log_step",
    "should_stop": "tb_convergence.live.start",
    "start": "tb_convergence.live.start",
}


observe_tensorflow()


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    home = import_module(_HOME[name])
    return home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)


def __dir__() -> list[str]:
    return __all__

"""Has tapes observed from the first one on, without importing TensorFlow.

The first use of ``log_step`` comes after the first tape. If only that installed the observer, the first step would be
recorded without its weight and its update. Whichever is imported first, TensorFlow or this package, the observer is
installed as soon as both are there.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

_TENSORFLOW = "tensorflow"


def observe_tensorflow() -> None:
    """Installs the observer now when TensorFlow is loaded, else right after it will have been."""
    if _TENSORFLOW in sys.modules:
        _install()
    else:
        sys.meta_path.insert(0, _AfterTensorFlow())


def _install() -> None:
    if hasattr(sys.modules[_TENSORFLOW], "GradientTape"):
        from tb_convergence.record.observer import install  # noqa: PLC0415 - it imports TensorFlow, this module must not

        install()


class _AfterTensorFlow(MetaPathFinder):
    """Finds nothing itself; lets TensorFlow's own loader run, and the observer be installed after it."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - the import system's signature
        target: ModuleType | None = None,  # noqa: ARG002 - the same
    ) -> ModuleSpec | None:
        if fullname != _TENSORFLOW:
            return None
        sys.meta_path.remove(self)
        spec = find_spec(fullname)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def load_and_install(module: ModuleType) -> None:
                load(module)
                _install()

            spec.loader.exec_module = load_and_install  # type: ignore[method-assign]
        return spec

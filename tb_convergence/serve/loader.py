"""The entry point that TensorBoard imports at its start.

An exception here, or a bad flag, would end TensorBoard for all its plugins: so this file imports next to nothing, and
every hook catches what goes wrong.
"""

import argparse
import logging
from typing import Any

from tensorboard.plugins import base_plugin

_PLUGIN_NAME = "convergence"  # as in schema.tags, which is not imported: it could fail
KEEP_ALL = 10**9  # records a tag; 0 also means all, but other code takes it for none

_log = logging.getLogger(__name__)


class ConvergenceLoader(base_plugin.TBLoader):
    """Loads the plugin, and asks TensorBoard to keep every record unless the user said otherwise."""

    def fix_flags(self, flags: argparse.Namespace) -> None:
        """Sets ``--samples_per_plugin`` for this plugin where the user did not."""
        try:
            flags.samples_per_plugin = {_PLUGIN_NAME: KEEP_ALL, **(flags.samples_per_plugin or {})}
        except Exception:  # records survive default sampling as well; TensorBoard must start
            _log.exception("tb_convergence could not set --samples_per_plugin; nothing is lost")

    def load(self, context: Any) -> Any:
        """The plugin; ``None`` when it cannot be loaded, with the reason in the log."""
        try:
            # Imported here, since an exception while this file is imported would end TensorBoard.
            from tb_convergence.serve.plugin import ConvergencePlugin  # noqa: PLC0415

            return ConvergencePlugin(context)
        except Exception:
            _log.exception("the Convergence tab is missing, since tb_convergence could not be loaded")
            return None

"""TensorBoard's own Python loading, in this process, with its default sampling."""

import argparse
from pathlib import Path
from typing import Any

from tensorboard.backend.event_processing.data_ingester import LocalDataIngester
from tensorboard.context import RequestContext

CTX = RequestContext()


class Loading:
    """A log directory as TensorBoard sees it; ``again`` looks for what was written since."""

    def __init__(self, logdir: Path, **samples: int) -> None:
        flags = argparse.Namespace(
            samples_per_plugin=samples,
            purge_orphaned_data=True,
            max_reload_threads=1,
            reload_multifile=False,
            reload_multifile_inactive_secs=86400,
            detect_file_replacement=None,
            logdir=str(logdir),
            logdir_spec="",
            reload_interval=0,
            reload_task="blocking",
        )
        self._ingester = LocalDataIngester(flags)
        self.provider: Any = self._ingester.data_provider
        self.again()

    def again(self) -> None:
        """Loads what is new."""
        self._ingester.start()


class Watched:
    """A data provider that notes which tags were read, and can fail as a loading one does."""

    def __init__(self, provider: Any, failures: int = 0) -> None:
        self.provider = provider
        self._failures = failures
        self.reads: list[set[str]] = []
        self.listings = 0

    def list_tensors(self, ctx: Any, **options: Any) -> Any:
        """Counted."""
        self.listings += 1
        return self.provider.list_tensors(ctx, **options)

    def read_tensors(self, ctx: Any, **options: Any) -> Any:
        """Noted."""
        if self._failures:
            self._failures -= 1
            raise KeyError("a tag that is being loaded")
        self.reads.append(set(options["run_tag_filter"].tags))
        return self.provider.read_tensors(ctx, **options)

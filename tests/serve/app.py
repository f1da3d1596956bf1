"""TensorBoard's whole application in this process, with our plugin and its real loading."""

import argparse
import json
from pathlib import Path
from typing import Any

from tensorboard.backend.application import TensorBoardWSGIApp
from werkzeug.test import Client, TestResponse

from tb_convergence.serve.loader import ConvergenceLoader
from tests.read.load import Loading

PLUGIN = "/data/plugin/convergence"


class App:
    """Answers requests as the server does, middleware included."""

    def __init__(self, logdir: Path, path_prefix: str = "", data_provider: Any = None) -> None:
        self.loading = Loading(logdir)
        flags = argparse.Namespace(logdir=str(logdir), samples_per_plugin={}, window_title="", path_prefix=path_prefix)
        provider = data_provider or self.loading.provider
        self._client = Client(TensorBoardWSGIApp(flags, [ConvergenceLoader], provider))
        self._prefix = path_prefix

    def get(self, path: str, method: str = "GET", experiment: str = "", **query: Any) -> TestResponse:
        """One of our routes; ``run=["a", "b"]`` repeats."""
        at = f"{self._prefix}{f'/experiment/{experiment}' if experiment else ''}{PLUGIN}/{path}"
        return self._client.open(at, method=method, query_string=query)

    def json(self, path: str, **query: Any) -> Any:
        """The JSON of one of our routes, which must succeed."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.data)

    def fetch(self, path: str) -> TestResponse:
        """Any route."""
        return self._client.get(self._prefix + path)

"""The frontend's files: a fixed set, looked up by name, so that no path of a request ever reaches the disk."""

import os
import re
from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable

from tb_convergence.serve.answers import FOREVER, Answer

DEV = (
    "TB_CONVERGENCE_DEV"  # environment: look at the folder again for each request, while the frontend is being changed
)
ENTRY = "index.js"
_TYPES = {  # a machine's own registry may say anything
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".txt": "text/plain",
}
_HASHED = re.compile(r".+-[A-Za-z0-9_-]{8}\.[a-z0-9]+")
_MISSING = """export function render() {
  const text = document.createElement('pre');
  text.style.cssText = 'font: 14px/1.5 monospace; margin: 3em; white-space: pre-wrap';
  text.textContent = 'The Convergence tab has not been built into this installation.\\n\\n' +
    'In a checkout of the project, run\\n\\n    pip install -e .\\n\\n' +
    'and reload this page. The command line works without it:\\n\\n    tb-convergence diagnose LOGDIR\\n';
  document.body.append(text);
}
"""


class Assets:
    """The packaged files by name."""

    def __init__(self, folder: Traversable | None = None) -> None:
        self._folder = folder or resources.files("tb_convergence.serve") / "static"
        self._files = self._listed()

    def answer(self, name: str) -> Answer | None:
        """The file, or ``None`` when there is no such file in the package."""
        files = self._listed() if os.environ.get(DEV) else self._files
        if name == ENTRY and ENTRY not in files:
            return Answer(_MISSING, _TYPES[".js"])
        if name not in files:
            return None
        expires = FOREVER if _HASHED.fullmatch(name) else 0
        return Answer(files[name].read_bytes(), _media_type(name), expires=expires)

    def _listed(self) -> Mapping[str, Traversable]:
        if not self._folder.is_dir():
            return {}
        return {item.name: item for item in self._folder.iterdir() if item.is_file() and _media_type(item.name)}


def _media_type(name: str) -> str:
    return _TYPES.get(os.path.splitext(name)[1], "")  # noqa: PTH122  a name, not a path

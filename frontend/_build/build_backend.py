"""PEP 517/660 backend: setuptools, plus Node from PyPI when the bundle must be built and no usable npm is on PATH.

An sdist carries a current bundle, so installing from one asks for nothing extra.
"""

import sys
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403  a PEP 517 backend re-exports the hooks that it does not change

sys.path.insert(0, str(Path(__file__).parent))
import bundle  # noqa: E402  found only after the line above
import node  # noqa: E402


def _node() -> list[str]:
    return [node.REQUIREMENT] if bundle.must_build() and node.system_npm() is None else []


def get_requires_for_build_wheel(config_settings=None):
    """What pip installs before it builds a wheel."""
    return build_meta.get_requires_for_build_wheel(config_settings) + _node()


def get_requires_for_build_editable(config_settings=None):
    """What pip installs before an editable install."""
    return build_meta.get_requires_for_build_editable(config_settings) + _node()


def get_requires_for_build_sdist(config_settings=None):
    """What a build tool installs before it makes an sdist."""
    return build_meta.get_requires_for_build_sdist(config_settings) + _node()

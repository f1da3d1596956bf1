"""Package metadata, and the frontend build as a part of every build."""

import re
import sys
from pathlib import Path

from setuptools import Command, find_packages, setup
from setuptools.command.build import build
from setuptools.command.sdist import sdist

ROOT = Path(__file__).parent
sys.path.insert(0, str(ROOT / "frontend" / "_build"))
import bundle  # noqa: E402  found only after the line above


class BuildFrontend(Command):
    """First sub-command of ``build``: runs for wheels and for editable installs alike.

    It must come first so that ``build_py`` finds the fresh bundle, and it writes into the source package because an
    editable install reads the bundle there.
    """

    description = "build the TypeScript frontend into the package"
    user_options: list[tuple[str, str | None, str]] = []  # noqa: RUF012  setuptools wants a plain class attribute
    editable_mode = False
    build_lib = None

    def initialize_options(self) -> None:
        """Has no options."""

    def finalize_options(self) -> None:
        """Has no options."""

    def run(self) -> None:
        """Builds the bundle if it is not current."""
        bundle.build()

    # The sub-command protocol that editable installs need.

    def get_source_files(self) -> list[str]:
        """Files that an sdist must have: MANIFEST.in lists them."""
        return []

    def get_outputs(self) -> list[str]:
        """Files written into the build folder: none."""
        return []

    def get_output_mapping(self) -> dict[str, str]:
        """Source of each output: there are none."""
        return {}


class SdistWithBundle(sdist):
    """An sdist always carries a current bundle, so that installing it needs no Node.js."""

    def run(self) -> None:
        """Builds the bundle, then the sdist."""
        self.run_command("build_frontend")
        super().run()


build.sub_commands = [("build_frontend", None), *build.sub_commands]

version = re.search(r'^__version__ = "([^"]+)"$', (ROOT / "tb_convergence/__init__.py").read_text(), re.MULTILINE)
assert version is not None, "tb_convergence/__init__.py must hold __version__"

setup(
    name="tb-convergence",
    version=version[1],
    description="Says why a TensorFlow training does not converge: the cause, the layer and the step, in TensorBoard.",
    long_description=(ROOT / "README.md").read_text(),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=find_packages(include=["tb_convergence", "tb_convergence.*"]),
    package_data={"tb_convergence": ["py.typed"], "tb_convergence.serve": ["static/*", "http_api.md"]},
    include_package_data=False,
    install_requires=["numpy>=1.26", "tensorboard>=2.21", "werkzeug>=2"],
    extras_require={
        "tensorflow": ["tensorflow>=2.21"],
        "demo": ["tensorflow>=2.21", "scikit-learn>=1.4"],
        "dev": ["pytest>=9,<10", "ruff>=0.14,<1", "mypy>=1.18,<3", "setuptools>=77", "build>=1.3"],
    },
    entry_points={
        "tensorboard_plugins": ["convergence = tb_convergence.serve.loader:ConvergenceLoader"],
        "console_scripts": ["tb-convergence = tb_convergence.cli.main:main"],
    },
    classifiers=[
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
        "Programming Language :: Python :: 3",
        "Typing :: Typed",
    ],
    cmdclass={"build_frontend": BuildFrontend, "sdist": SdistWithBundle},
)

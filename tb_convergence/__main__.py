"""``python -m tb_convergence``, where ``tb-convergence`` is not on the path."""

import sys

from tb_convergence.cli.main import main

if __name__ == "__main__":
    sys.exit(main())

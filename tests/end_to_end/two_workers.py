"""One of two workers that train together and record it; a script, for a worker is a process."""

import json
import os
import pathlib
import sys

import tensorflow as tf

from tests.record.loops.two_devices import loop


def main(logs: pathlib.Path) -> None:
    """A loop of one's own; each worker is given a directory of its own, of which only the chief's is used.

    Not ``fit``: Keras 3.15 itself fails there, in its symbolic build, on inputs that are spread over workers.
    """
    worker = json.loads(os.environ["TF_CONFIG"])["task"]["index"]
    strategy = tf.distribute.MultiWorkerMirroredStrategy()
    loop(strategy, logs / f"loop-{worker}", graph=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))

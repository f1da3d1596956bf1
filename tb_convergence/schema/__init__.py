"""What the training process and the viewer agree on: names, layouts and bytes. Needs numpy only.

statistics.py  the catalogue of what is recorded for each variable and each step
manifest.py    which variables and statistics the records of one session hold, as JSON
record.py      up to 64 steps of one session, as bytes with a checksum
envelope.py    magic, version, kind and checksum around both
tags.py        where they live among TensorBoard's tags
"""

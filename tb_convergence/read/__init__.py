"""Event files → series, through TensorBoard's data provider or straight from the disk.

event_file.py  one file on the disk: its frames, and what is wrong with them
local.py       a log directory without a server, for the command line
provider.py    TensorBoard's data provider: read only what changed
stored.py      a payload before it is decoded
blocks.py      payloads of one tag → arrays by statistic
sessions.py    restarts, repeats and gaps
windows.py     rows that stand for several steps, or were written again
variables.py   one list of variables out of several manifests
columns.py     statistic → [steps, variables], put together when asked for
assemble.py    decoded tags of one run → its series
recorded.py    a series and where it came from
"""

"""Findings while a training runs: what the recorder writes is diagnosed in the training process.

history.py       written payloads → a series in memory, within a budget
confirmation.py  when a finding of a run that still grows is raised
watch.py         LiveDiagnosis: looks again and again, in a thread of its own
start.py         the public calls: start, should_stop
"""

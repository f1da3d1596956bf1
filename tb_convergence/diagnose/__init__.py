"""A recorded run → what is wrong with it. Pure: no files, no clock, numpy only.

finding.py   what a diagnosis consists of
context.py   what the rules share of one run, each estimate computed once
engine.py    runs all rules over a series, and ranks what they find
comparison.py where two runs part, in what they differ, and which difference explains the outcome
wording.py   numbers, code and names in sentences
causes.py    which finding can be the consequence of which
estimators/  statistics with closed forms: series → numbers
rules/       one finding each: numbers → found, clear, not applicable, not enough evidence
"""

"""Pure statistics of a series. They measure; they do not judge.

derived.py         the statistics that people see, by name; catalogue.py: their words; formulas.py: their formulas
gram.py            inner products of each variable, and of the whole model
identification.py  the optimizer's learning rate and momentum, by least squares
stability.py       learning rate times curvature against its limit
trapezoid.py       the passive gradient check
"""

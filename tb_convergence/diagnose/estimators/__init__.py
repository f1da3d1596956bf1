"""Pure statistics of a series. They measure; they do not judge.

derived.py         the statistics that people see, by name; catalogue.py: their words; formulas.py: their formulas
gram.py            inner products of each variable, and of the whole model
identification.py  the optimizer's learning rate and momentum, by least squares; whole_run.py: over all steps
stability.py       learning rate times curvature against its limit
oscillation.py     period and damping of what rings
trapezoid.py       the passive gradient check
depth.py           the slope of the gradient over depth
noise.py           the loss curve: levels, noise, slope
outcome.py         how the run went, from the loss
growth.py          divergence without a loss
parting.py         where two runs part
"""

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
aftermath.py       what follows long steps; step_length.py: how long they are; line_minimum.py: what they passed
secants.py         curvatures of several steps; steepness.py: the relative slope of the loss
rate_course.py     the learning rate as steps show it; rate_leap.py: where it leaps
reference.py       gradients beside the tape's own
noise_scale.py     noise of gradients beside their signal, and its cost at rest
batch_order.py     the order in which batches come; bounce.py: updates that go to and fro
logit_bounds.py    what cross-entropy allows outputs of a known range
mortality.py       layers that get no gradient; breakdown.py: numbers that are not finite
warm_up.py         a rate that still rises; constant_answer.py: what the best constant answer costs
parting.py         where two runs part
"""

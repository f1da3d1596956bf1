"""Recording under Keras' ``fit``.

convergence_callback.py  ``ConvergenceCallback``: has the model train through a function that is observed
applied.py               ``optimizer.apply`` from both sides: the gradient it is given, the update it makes
batch.py                 inputs, labels and outputs, as they pass through ``model.compute_loss``
optimizers.py            which optimizers a model has, how far they are, how they scale the loss
replaced.py              a method of one object, replaced for a while
"""

"""Is the gradient the derivative of the loss? Asked before a training, of a function; needs TensorFlow.

gradients.py   check_gradients: from a loss and its variables to a verdict for each
result.py      what comes back, and how it prints
judge.py       a gradient against a reference: right, scaled, turned, transposed, another variable's (pure)
reference.py   what is known of a derivative: elements, or products with directions (pure)
reasons.py     what a factor between the two may come from (pure)
precision.py   steps and tolerances by floating-point type (pure)
bench.py       evaluates a loss again and again without a trace: state is put back, functions run eagerly
watching.py    what one evaluation touches: state, precision, random operations, sizes
compared.py    which references a check compares with, and at what cost
references.py  derivatives to compare with: forward mode and central differences along directions
"""

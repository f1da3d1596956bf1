"""The training process: from tensors to an event file. Needs TensorFlow and numpy, not TensorBoard.

log_step.py    the public calls: log_step, start, flush
call.py        one call of log_step: from what its caller says to what its group takes in
matching.py    which gradient belongs to which variable
shown.py       what a step shows of itself: weights before it, gradients in one form, loss
replicas.py    a step that several replicas share, under tf.distribute
observer.py    what a tf.GradientTape was asked, and the weights it was asked at
weights.py     values of variables, and what is kept of them until their update
naming.py      names that people know and that stay the same from run to run
sampling.py    which elements of a large variable are looked at
statistics.py  what lengths, angles and extremes of samples are made of, as TensorFlow operations
exact.py       what is known of every element of a gradient: norm, what is not finite, dead units
untouched.py   reading a gradient inside XLA without changing the update
ring.py        rows of the newest steps in a variable: written in the graph, read on the host
host.py        the same in numpy, for loops that run eagerly
counter.py     the steps of a stream, counted
observation.py what one step shows of its variables
carried.py     what is carried from one step to the next
parts.py       what a set of variables is recorded with
graph_step.py  one step measured by TensorFlow
host_step.py   one step measured in numpy
group.py       one set of variables: what is carried from step to step, and what is measured of a call
assembly.py    from what was measured of each call to the rows of steps, in numpy
probes.py      what else the caller wants measured, every k-th step
loss_probe.py  the loss after the update, and its slope along the update
batch.py       a batch in a few numbers
layers.py      the layers of variables: activation, depth, state that a call may change
optimizer.py   what an optimizer says about itself
rows.py        rows on their way to a record, as arrays
windows.py     one row out of many steps
flight.py      the newest steps, and when something breaks
pacing.py      which rows are written one by one, and which become part of a window
recording.py   a group, its rows, and what is still to be learnt of it
outgoing.py    rows of a recording on their way to its writer
guard.py       what goes wrong in recording is told once, and ends no training
recorder.py    the streams of this process, the only object that holds state
drain.py       the thread that empties the rings
own_writer.py  the file of a session that the recorder opened, and a new one after a failure
sink.py        rows → records and manifests → a tf.summary writer
"""

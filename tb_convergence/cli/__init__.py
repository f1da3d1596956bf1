"""The command ``tb-convergence``.

main.py      commands, options and exit codes
diagnose.py  tb-convergence diagnose
check.py     tb-convergence check: imports TensorFlow, and the user's module, when it runs
thresholds.py tb-convergence thresholds
export.py    tb-convergence export
compare.py   tb-convergence compare
selected.py  which runs of a log directory are meant
"""

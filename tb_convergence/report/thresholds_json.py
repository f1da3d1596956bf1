"""The thresholds of a finding, as ``./thresholds`` answers them."""

from collections.abc import Mapping

from tb_convergence.diagnose.rules.rule import Rule
from tb_convergence.diagnose.thresholds import Number, thresholds
from tb_convergence.report.numbers import Json, plain


def thresholds_document(rule: Rule, in_force: Mapping[str, Number], file: str | None) -> Json:
    """Every number that a rule holds others against: its default, its meaning, and what it is set to.

    Args:
      rule: of the engine.
      in_force: name → number, for those that the settings change.
      file: where settings are to stand; ``None``: there is no such place.
    """
    return {
        "finding": rule.id,
        "file": file,
        "thresholds": [
            {
                "name": name,
                "default": plain(known.default),
                "value": plain(in_force.get(name, known.default)),
                "meaning": known.meaning,
            }
            for name, known in thresholds(rule).items()
        ],
    }

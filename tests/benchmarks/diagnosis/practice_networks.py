"""Recipes of practice trainings whose gradients, networks or data are faulty."""

from collections.abc import Mapping

from tests.benchmarks.diagnosis.practice_draw import Recipe

RECIPES: Mapping[str, Recipe] = {}
"""Finding → a training in which it is the fault."""

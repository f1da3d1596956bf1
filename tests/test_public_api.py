"""The public names: complete, importable, and clear about what is not there."""

import inspect

import pytest

import tb_convergence


@pytest.mark.parametrize("name", tb_convergence.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    """Each name of ``__all__`` loads, and functions and classes say what they do."""
    found = getattr(tb_convergence, name)
    assert isinstance(found, str) or inspect.getdoc(found)


def test_dir_lists_the_public_names() -> None:
    """Completion in a notebook shows what can be used."""
    assert set(tb_convergence.__all__) <= set(dir(tb_convergence))


def test_an_unknown_name_lists_the_known_ones() -> None:
    """A typing error is answered with what there is."""
    with pytest.raises(AttributeError, match="log_step"):
        _ = tb_convergence.log_steps


def test_log_step_keeps_its_signature() -> None:
    """Two positional arguments, everything else by name: later options cannot break a call."""
    parameters = inspect.signature(tb_convergence.log_step).parameters
    positional = [p.name for p in parameters.values() if p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert positional == ["tape", "grads"]
    assert {"variables", "loss", "step", "optimizer", "name"} <= set(parameters)

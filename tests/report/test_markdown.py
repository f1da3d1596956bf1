"""Diagnoses as Markdown."""

from tb_convergence.report.markdown import markdown
from tests.report.diagnoses import EMPTY, SICK

TEXT = markdown([SICK, EMPTY])


def test_each_run_is_a_section_with_its_findings() -> None:
    """In order of rank."""
    assert TEXT.startswith("# Convergence report\n\n## `lr/too high`: diverged\n")
    assert TEXT.index("### 1. Learning rate too high (error from step 1, 97 % sure)") < TEXT.index(
        "### 2. Loss diverges (warning, 50 % sure)"
    )
    assert "## `empty`: too early to say" in TEXT
    assert "Nothing was recorded." in TEXT


def test_evidence_is_a_table_and_advice_a_list() -> None:
    """Three digits; what is not known is said."""
    assert "| learning_rate | 1.5 |" in TEXT
    assert "| source | unknown |" in TEXT
    assert "| ratio | unknown |" in TEXT  # NaN
    assert "A consequence of *Learning rate too high*: mend that first." in TEXT
    assert "\n- Lower the learning rate from 1.5 to below 1.0; 0.5 is safe.\n- Or warm up.\n" in TEXT
    assert "Expect: A stability number below 2." in TEXT


def test_what_was_checked_besides_is_there() -> None:
    """With the reasons."""
    assert "**Checked and clear:** dead-units, missing-gradient" in TEXT
    assert "- vanishing-gradient: needs 4 weight matrices" in TEXT
    assert "> **warning**: 1 record is missing" in TEXT

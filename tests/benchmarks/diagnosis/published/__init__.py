"""Published rule sets, re-implemented from their documentation, with the thresholds that they publish.

Each gets the extra data of a training and the recorded norms, and returns its symptoms in the order in which the tool
would come to them, each with every finding of ours that it may generously stand for. They bound those tools rather
than replicate them.
"""

from collections.abc import Mapping

from tests.benchmarks.diagnosis.published import (
    autotrainer,
    deepdiagnosis,
    deeplocalize,
    sagemaker_debugger,
    thedeepchecker,
    torchmortem,
    umlaut,
)
from tests.benchmarks.diagnosis.published.symptom import RuleSet

PUBLISHED: Mapping[str, RuleSet] = {
    "SageMaker Debugger": sagemaker_debugger.check,
    "AutoTrainer": autotrainer.check,
    "DeepLocalize": deeplocalize.check,
    "DeepDiagnosis": deepdiagnosis.check,
    "UMLAUT": umlaut.check,
    "TheDeepChecker": thedeepchecker.check,
    "torchmortem": torchmortem.check,
}

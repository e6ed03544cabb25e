"""scikit-learn's own checks of an estimator. No check is left out, and none is expected to fail."""

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from deepfm.estimator import DeepFMClassifier

# Few units and one seed keep a hundred trainings short. The rate is high, as the data of the checks are few.
SMALL = DeepFMClassifier(dim=2, units=(4,), epochs=10, learning_rate=0.02, random_state=0)


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([SMALL])
def test_check_estimator(estimator, check):
    check(estimator)

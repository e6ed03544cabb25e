"""The DeepFM as a scikit-learn classifier."""

from deepfm.estimator.classifier import DeepFMClassifier

__all__ = ["DeepFMClassifier"]

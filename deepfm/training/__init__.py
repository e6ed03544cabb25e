"""Fitting the model: steps, exact validation AUC, early stopping, best weights."""

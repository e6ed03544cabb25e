"""DeepFM, in Keras for training and in plain arrays for scoring."""

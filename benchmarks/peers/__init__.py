"""Other libraries behind one function each: fit on the training part, score the other parts."""

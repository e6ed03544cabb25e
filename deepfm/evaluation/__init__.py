"""How good the model is, on people that it has not seen, beside simpler ways."""

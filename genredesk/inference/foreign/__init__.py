"""Models from elsewhere: an ONNX graph and what its publisher says of it, made a bundle."""

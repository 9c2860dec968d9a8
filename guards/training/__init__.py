"""Makes encoders: from weights to ONNX, and from labelled cases to weights."""

"""One small file per way to answer."""

"""One small file per way in which a notice leaves; none of them knows the database."""

"""What tools answer when they are asked for what changed: one small file per tool, no network."""

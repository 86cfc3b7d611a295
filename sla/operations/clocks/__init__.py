"""Reading, storing, sweeping and auditing clocks."""

"""The agreement read from its files: plans, targets, calendars, holidays."""

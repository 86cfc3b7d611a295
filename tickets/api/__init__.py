"""The conversation for programs: /api/v1/."""

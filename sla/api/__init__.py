"""The promises for programs: /api/v1/."""

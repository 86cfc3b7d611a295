"""Chat and helpdesk tools: one small file per tool, from its webhook to our own words."""

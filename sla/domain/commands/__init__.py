"""What the commands and the API are asked and answer, in JSON."""

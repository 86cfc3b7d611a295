"""The pages on which people work with conversations; `sivo_support.admin` registers them."""

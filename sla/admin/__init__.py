"""The pages of the promises; `sivo_support.admin` registers them."""

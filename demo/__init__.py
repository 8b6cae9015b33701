"""The tour of the integration that `scripts/demo` gives."""

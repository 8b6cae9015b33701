"""How fast the integration is, beside what a person would otherwise run."""

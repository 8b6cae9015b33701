"""Tests of the package webhooks."""

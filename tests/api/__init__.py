"""Tests of what speaks to Z-API and knows nothing of Home Assistant."""

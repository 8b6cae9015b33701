"""Tests of the integration and the simulator."""

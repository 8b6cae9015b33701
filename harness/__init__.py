"""A real Home Assistant and a simulated Z-API on this machine, for the demo, the benchmark and the tests."""

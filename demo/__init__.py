"""A real Home Assistant and a gateway to go with it, on this machine."""

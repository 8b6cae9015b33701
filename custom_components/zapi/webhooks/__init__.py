"""How callbacks get here, and whose URLs stand at Z-API."""

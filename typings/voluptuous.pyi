# Home Assistant puts probatio in voluptuous's place before it loads an integration.
from probatio import *

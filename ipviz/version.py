"""Which version of ipviz this is; a test holds all other places that say so to it."""

VERSION = "0.2.0"

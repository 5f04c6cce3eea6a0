"""Cluster Feed: from a newsroom's folder to the screens of the border gates."""

__version__ = "0.1.0"

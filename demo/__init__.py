"""Material and scenes for showing Cluster Feed at work."""

"""A node over SFTP: the connection, the link that carries files, and what comes back on it."""

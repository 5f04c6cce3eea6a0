"""What runs at the gate: pull, verify, play, prove; it needs neither the ledger nor SFTP."""

"""The record: what was admitted, made, approved, sent and played."""

"""Editions on the desk: look, arrange, preview, approve, withdraw.

`shown` gathers what the pages show of an edition; the others are pages.
"""

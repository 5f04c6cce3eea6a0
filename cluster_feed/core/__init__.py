"""Values and rules: no input or output, no clock, no framework.

Everything here takes what it needs as arguments (bytes, facts, `now`) and says yes, no, or what
follows.  The rest of the house does; this room decides.
"""

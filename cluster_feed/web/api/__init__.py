"""The desk for other programs: the same objects, the same stages, the same permissions.

`routes.API` is the table of its operations and whose they are; `operation` reads from a function
what it takes and gives, for the call as for the OpenAPI document; `door` lets a call in.
"""

"""The domain model in pure Python: no Qt, network, database, files or clock.

The one library used here is msgspec, which turns parsed data into dataclasses.
"""

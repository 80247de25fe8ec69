"""Controllers: each handles the requests of widgets on one subject through the services.

Created by the main window, the only importer of this room.
"""

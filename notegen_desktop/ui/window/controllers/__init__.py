"""Controllers: each carries out the wishes of widgets on one subject, by the services, and tells
what came of it. The main window makes them and comes in here alone.
"""

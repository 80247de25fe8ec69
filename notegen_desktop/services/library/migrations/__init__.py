"""Migrations of the database, revision by revision."""

"""Migrations of the store, one step after another."""

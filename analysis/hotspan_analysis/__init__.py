"""Answers out: one function and one .sql file per question a person asks."""

"""Keeps what decisions were made on, and keeps it out of everything else."""

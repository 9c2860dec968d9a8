"""What decisions were made on, sealed so that it can be erased; and masks for everywhere else."""

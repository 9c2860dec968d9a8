"""Learned judgement: one policy sentence and one call go in, a probability or a cause comes out."""

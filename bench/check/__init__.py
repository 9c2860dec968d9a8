"""What a check costs, beside a constant answer and beside FastAPI as it is usually written."""

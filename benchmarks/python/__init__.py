"""The contenders that run in Python, one module each, and the loop that they answer from."""

"""Small encoders read from a folder: vectors to compare, and a guard; neither needs PyTorch."""

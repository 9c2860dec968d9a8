"""What `drawbar doctor` looks at: each file looks at one thing, and says what it found."""

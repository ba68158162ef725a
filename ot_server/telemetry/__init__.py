"""What whoever runs the server is told: a line an event, and how often and how long everything."""

"""Live sessions: what a node holds in memory of those that somebody has open."""

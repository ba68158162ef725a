"""What operators are told: a log of events, and metrics of how often and how long things are."""

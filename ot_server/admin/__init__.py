"""What whoever runs the server does with sessions: check, mend, export, import.  No terminal."""

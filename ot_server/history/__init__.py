"""What a session was, who wrote it, and how to bring it back; nothing here knows aiohttp."""

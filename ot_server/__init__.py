"""The server: sessions that people edit together, over HTTP and WebSockets."""

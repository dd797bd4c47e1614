"""The desk: every test drives the real application over HTTP and WebSocket."""

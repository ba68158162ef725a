"""The REST interface under ``/api/v1``, a module per row of its table, and the page."""

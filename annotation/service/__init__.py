"""The server's side of the workbench: what the canvas calls over HTTP, and what is behind it."""

from annotation.service.routes import build_service

__all__ = ["build_service"]

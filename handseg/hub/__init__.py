"""The Hugging Face Hub. Nothing else of handseg imports huggingface_hub.

Its environment variables work as everywhere: HF_HOME (where the cache is), HF_ENDPOINT (a mirror), HF_TOKEN,
HF_HUB_OFFLINE.
"""

from handseg.hub.downloads import HubError, Progress, fetch_file, fetch_listed, fetch_model

__all__ = ["HubError", "Progress", "fetch_file", "fetch_listed", "fetch_model"]

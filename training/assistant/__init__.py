"""Training the hand assistant: a promptable network, and an annotator who is simulated while it learns."""

ARCHITECTURE = "prompted-unet-efficientnet-lite2"
"""What runs and cards call `handseg.models.prompted_unet.PromptedUNet`."""

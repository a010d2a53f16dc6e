"""The demo page: a photo in, the hand gone. Imported by the app alone, so that handseg itself needs no gradio."""

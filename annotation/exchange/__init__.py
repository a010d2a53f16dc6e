"""Round trips: photos and masks out to other people's formats, and in from them.

Each format is a module with a `write` and, but for YOLO, which loses, its inverse `read`.
"""

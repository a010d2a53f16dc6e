"""Correcting masks: the annotator's wing.

Its rooms: the `canvas` in the browser, the `service` it calls, the `queue` in which photos wait, the `store` of all
answers, and the `assistants` that answer clicks.
"""

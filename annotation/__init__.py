"""Correcting masks: the annotator's wing.

Its rooms: the `canvas` in the browser, the `service` it calls, the `queue` in which photos wait, and the `store` of all
answers. The assistants that answer clicks are on the ground floor, where the other wing measures them.
"""

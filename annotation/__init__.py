"""Correcting masks: the annotator's wing.

Its rooms: the `canvas` in the browser, the `service` it calls, the `queue` in which photos wait, the `store` of all
answers, their `publishing` into datasets, the `exchange` of files with other programs, the `verification` of datasets,
and the `commands` of all that. The assistants that answer clicks are on the ground floor, where the other wing measures
them.
"""

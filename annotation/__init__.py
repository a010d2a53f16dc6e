"""Correcting masks: the annotator's wing. Its rooms come with the annotation workbench."""

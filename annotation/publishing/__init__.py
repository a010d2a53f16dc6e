"""From the store into a dataset: what is missing there is added, what does not belong there any more is taken out.

Publishing compares and mends; it does not send. Whatever was interrupted, repeated or half done before, a look at the
dataset tells what is still to do, so that each record is there exactly once in the end.
"""

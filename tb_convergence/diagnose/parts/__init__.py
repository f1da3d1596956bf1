"""Parts of the rules that ask several questions: context → whether one thing is so, or what was found.

One folder a rule, one file a question. Constants are thresholds of that rule, see ``thresholds``, and stand in one file
however many of its rule's files use them.
"""

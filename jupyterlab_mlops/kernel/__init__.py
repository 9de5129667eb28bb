"""What runs in the user's kernel: standard library only, nothing of the rest of the package.

``agent`` wires the others into IPython; ``capture`` turns what is observed into findings; ``dataflow``,
``lineage``, ``metrics``, ``params`` and ``series`` are pure.
"""

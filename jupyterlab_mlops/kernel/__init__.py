"""What runs in the user's kernel: standard library only, nothing of the rest of the package.

``agent`` wires the others into IPython; ``magics`` and ``api`` are what users call, and find it in ``process``; ``capture``
sees cells and statements.
Below them ``fits`` knows what training is, ``measures`` what a metric is and whose, ``saving`` how a model is written;
``candidates`` (with ``describing`` and ``params``) opens and ends candidates; ``cells`` follows what runs, ``source`` reads
what was written, ``link`` speaks to the server. Imports point down in this order (import-linter checks it).
"""

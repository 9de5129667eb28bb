"""What runs in the user's kernel: standard library only, nothing of the rest of the package.

``agent`` wires the others into IPython. ``capture`` sees cells and statements, ``observe`` and ``watching`` calls of
interest, which ``training`` understands with what ``frameworks`` and ``searches`` know. ``measuring`` attributes metrics,
``candidates`` opens and ends candidates, ``files`` sees files; all speak through ``journal`` and ``sender``. Pure are
``syntax``, ``literals``, ``statements``, ``calls``, ``dataflow``, ``lineage``, ``metrics``, ``metric_names``, ``expressions``,
``values``, ``params`` and ``series``.
"""

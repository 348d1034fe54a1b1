"""How right a bundle is, measured from outside: one part a file, each with ``rows(case)``.

``python -m benchmarks.accuracy`` runs them and writes ``benchmarks/ACCURACY.md``.
"""

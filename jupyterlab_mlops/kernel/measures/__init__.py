"""From values, names, printed lines and calls to metrics of the right candidate."""

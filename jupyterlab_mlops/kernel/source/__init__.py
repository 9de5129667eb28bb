"""What source code says by itself: names, literals, paths, calls, where values come from. Pure."""

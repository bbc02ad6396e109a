"""Learning from a few labels: views, graph, objective, and which example to label next."""

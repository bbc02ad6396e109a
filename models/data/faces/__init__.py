"""Faces with attributes: CelebA, Olivetti, and the ones that are drawn here."""

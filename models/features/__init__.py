"""Features of pictures: small classifiers that say how good samples are, trained here."""

from models.features.network import FeatureCard, FeatureError, FeatureNetwork, load_features

__all__ = ["FeatureCard", "FeatureError", "FeatureNetwork", "load_features"]

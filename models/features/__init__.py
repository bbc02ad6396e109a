"""Features of pictures: small classifiers that say how good samples are, trained here."""

from models.features.attributes import AttributeNetwork
from models.features.network import (
    FeatureCard,
    FeatureError,
    FeatureNetwork,
    Features,
    load_features,
)

__all__ = [
    "AttributeNetwork",
    "FeatureCard",
    "FeatureError",
    "FeatureNetwork",
    "Features",
    "load_features",
]

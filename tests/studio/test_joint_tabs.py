"""Which tabs show models whose codes have classes."""

import dataclasses

import pytest

from models.checkpoint import CheckpointConfig
from models.recipes import get_recipe
from studio.tabs.odyssey import ODYSSEY
from studio.tabs.sampler import SAMPLER


def config_of(name):
    recipe = get_recipe(name)
    return CheckpointConfig(
        recipe=name, model=recipe.model, data=recipe.data, training=recipe.training
    )


@pytest.mark.parametrize("tab", [ODYSSEY, SAMPLER], ids=["odyssey", "sampler"])
def test_a_tab_of_continuous_codes_shows_none_with_classes(tab):
    accepts = tab.accepts
    assert accepts(config_of("sampler-mnist-beta1"))
    joint = config_of("joint-mnist")
    assert not accepts(joint)
    plain = dataclasses.replace(joint.model, decoder="network", discrete=())
    assert accepts(dataclasses.replace(joint, model=plain))

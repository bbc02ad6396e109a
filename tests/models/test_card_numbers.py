from models.card import card
from models.checkpoint import CheckpointConfig
from models.preprocessing import DataConfig
from models.training import TrainingConfig
from models.vae import VAEConfig


def text(**fields):
    config = CheckpointConfig(
        recipe="r", model=VAEConfig(), data=DataConfig(), training=TrainingConfig(), **fields
    )
    return card("faces", config)


def test_small_numbers_keep_their_digits():
    shown = text(metrics={"mse": 0.0061234, "ssim": 0.71234, "parameters": 1234567})
    assert "| 0.00612 |" in shown
    assert "| 0.712 |" in shown
    assert "| 1,234,567 |" in shown


def test_a_licence_that_is_a_sentence_is_another_one_in_the_header():
    assert "license: mit\n" in text()
    shown = text(licence="Non-commercial research use only")
    assert "license: other\n" in shown
    assert "Weights: Non-commercial research use only." in shown


def test_directions_stand_in_tables_whatever_they_are_called():
    metrics = {
        "direction_auc": {"Smiling": 0.9512, "a|b<i>": 0.0, "Bald": None},
        "cross_effects": {
            "raw": {"Smiling": {"Smiling": 0.651, "a|b<i>": -0.3}},
            "conditional": {"Smiling": {"Smiling": 0.6, "a|b<i>": 0.0}},
        },
    }
    shown = text(metrics=metrics)
    assert "| Smiling | 0.951 |\n| a\\|b&lt;i> | 0 |\n\n" in shown, "and Bald has no AUC"
    assert "(raw):" in shown
    assert "| Smiling | +0.65 | -0.30 |" in shown
    assert "(conditional):" in shown
    assert "| Smiling | +0.60 | +0.00 |" in shown
    assert "Attribute directions" not in text(metrics={"elbo": -1.0})

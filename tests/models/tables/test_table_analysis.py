"""What is told of a table and a model of it, against values known otherwise."""

import numpy as np
import pytest
import torch

from models.tables.analysis import background, column_errors, look, pca_plane, samples
from models.tables.anomalies import SCORES, classical_scores, components, roc, scores
from models.tables.classical import Separation, pca_codes, separation, tsne_codes, verdict
from models.tables.config import TableConfig
from models.tables.data import built_in, is_train
from models.tables.model import TableVAE

IRIS = built_in("iris")
TRAIN = is_train(IRIS)


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = TableVAE(
            TableConfig(
                columns=IRIS.columns,
                scaling="standard",
                likelihood="gaussian-learned",
                latent_dim=3,
            )
        )
    made.start_from(IRIS.rows[TRAIN])
    return made.eval()


def test_a_look_has_codes_rows_and_two_scores(model):
    found = look(model, IRIS.rows, draws=64)
    assert found.codes.shape == (150, 3)
    scaled = model.likelihood.scaled
    gap = (scaled(found.reconstructed) - scaled(IRIS.rows)).square().mean(1).sqrt()
    torch.testing.assert_close(found.error, gap)
    losses = [
        model.loss(IRIS.rows, generator=torch.Generator().manual_seed(s)).elbo.item()
        for s in range(30)
    ]
    assert found.nelbo.mean().item() == pytest.approx(-np.mean(losses), rel=0.02)
    assert torch.equal(look(model, IRIS.rows, draws=64).nelbo, found.nelbo)


def test_errors_are_in_the_tables_units_and_all_components_leave_none():
    shifted = IRIS.rows + torch.tensor([1.0, 2.0, 0.0, 0.5])
    found = column_errors(IRIS.rows, shifted, TRAIN, 4)
    for part in (found.train, found.test):
        assert part == pytest.approx([1, 2, 0, 0.5], abs=1e-5)
    assert found.pca_test == pytest.approx([0] * 4, abs=1e-9)
    two = column_errors(IRIS.rows, shifted, TRAIN, 2)
    assert (two.pca_train > 0.01).all()


@torch.no_grad()
def test_the_background_is_decoded_at_its_places(model):
    others = torch.tensor([9.0, 9.0, 0.7])
    found = background(model, 2, (-1, 2, -3, 4), 5, others=others)
    assert found.shape == (5, 5)
    corner = model.decode(torch.tensor([[-1.0, 4.0, 0.7]]))[0, 2]
    assert found[0, 0].item() == pytest.approx(corner.item(), abs=1e-4)
    last = model.decode(torch.tensor([[2.0, -3.0, 0.7]]))[0, 2]
    assert found[-1, -1].item() == pytest.approx(last.item(), abs=1e-4)


def test_rows_and_reconstructions_share_a_plane():
    found = pca_plane(IRIS.rows, IRIS.rows, TRAIN)
    assert np.array_equal(found.original, found.reconstructed)
    assert found.original == pytest.approx(pca_codes(IRIS.rows, TRAIN))
    assert 0.9 < sum(found.variance) < 1
    assert pca_plane(IRIS.rows[:, :1], IRIS.rows[:, :1], TRAIN).original.shape == (150, 2)


def test_samples_are_rows_and_noise_is_asked_for(model):
    plain = samples(model, 500, 3)
    assert torch.equal(plain, samples(model, 500, 3))
    noisy = samples(model, 500, 3, noise=True)
    wanted = model.likelihood.noise().detach()
    assert ((noisy - plain).std(0) / wanted).tolist() == pytest.approx([1] * 4, abs=0.15)


def test_classes_that_lie_apart_are_told_apart_and_one_class_is_not():
    codes = 10.0 * torch.nn.functional.one_hot(IRIS.labels)[:, :2] + 0.1 * IRIS.rows[:, :2]
    found = separation(codes, IRIS.labels, TRAIN)
    assert (found.knn, found.ari) == (1, pytest.approx(1))
    assert found.silhouette > 0.9
    assert separation(codes, torch.zeros(150, dtype=torch.int64), TRAIN) == Separation(*[None] * 3)
    assert separation(codes, torch.full((150,), -1), TRAIN) == Separation(*[None] * 3)


def test_the_verdict_says_where_another_method_is_better():
    ours, pca = Separation(0.9, 0.8, 0.5), Separation(0.95, 0.7, 0.5)
    said = verdict({"VAE": ours, "PCA": pca}, "VAE")
    assert said == "Here PCA has the better 5-NN accuracy on held-out rows (0.950 against 0.900)."
    assert "No other method" in verdict({"VAE": ours, "PCA": ours}, "VAE")
    nothing = Separation(None, None, None)
    assert "Without classes" in verdict({"VAE": nothing, "PCA": nothing}, "VAE")


def test_tsne_places_every_row_and_no_endless_table():
    assert tsne_codes(IRIS.rows[::5]).shape == (30, 2)
    assert tsne_codes(torch.zeros(3001, 2)) is None


def test_every_score_finds_rows_that_are_far_away(model):
    rows = torch.cat([IRIS.rows, IRIS.rows[:10] + 30])
    train = torch.cat([TRAIN, torch.zeros(10, dtype=torch.bool)])
    truth = np.arange(160) >= 150
    every = scores(look(model, rows), rows, train)
    assert every.keys() == SCORES.keys()
    for name, values in every.items():
        assert np.isfinite(values).all(), name
        assert roc(values[~train.numpy()], truth[~train.numpy()]).auroc == 1, name


@pytest.mark.parametrize(
    ("dims", "columns", "kept"),
    [(2, 4, 2), (3, 4, 3), (16, 4, 2), (16, 3, 2), (2, 2, 0), (1, 1, 0)],
)
def test_principal_components_never_rebuild_every_row(dims, columns, kept):
    rows = torch.randn(60, columns, generator=torch.Generator().manual_seed(0))
    found = classical_scores(rows, torch.arange(60) < 40, dims)
    assert components(dims, columns) == kept
    assert ("pca" in found) == (kept > 0)
    assert kept == 0 or found["pca"].min() > 1e-6


def test_columns_that_follow_from_each_other_have_no_score_of_rounding_errors():
    x = torch.randn(60, 1, generator=torch.Generator().manual_seed(0))
    found = classical_scores(torch.cat([x, 2 * x, 1 - x], 1), torch.arange(60) < 40)
    assert "pca" not in found
    assert all(np.isfinite(values).all() for values in found.values())


def test_a_row_beyond_all_measure_has_scores_all_the_same(model):
    rows = torch.cat([IRIS.rows, torch.full((1, 4), 1e25)])
    found = look(model, rows)
    assert found.error.isfinite().all()
    assert found.nelbo.isfinite().all()
    assert found.nelbo.argmax() == 150


def test_classes_of_hardly_any_rows_stop_no_measurement():
    labels = torch.zeros(6000, dtype=torch.int64)
    labels[7] = 1
    codes = torch.randn(6000, 2, generator=torch.Generator().manual_seed(0))
    for seed in range(4):
        found = separation(codes, labels, torch.arange(6000) < 4000, seed)
        assert found.ari is not None


def test_a_roc_is_what_a_threshold_makes():
    found = roc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    assert found.auroc == pytest.approx(0.75)
    assert np.isfinite(found.thresholds).all()
    assert (found.false_positives[0], found.true_positives[-1]) == (0, 1)
    assert roc(np.ones(3), np.zeros(3, bool)) is None

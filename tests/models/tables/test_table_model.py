"""The VAE for rows: scaling inside, likelihoods that fit, a mixture for a prior."""

import math

import pytest
import torch

from models.checkpoint import in_half
from models.families import build
from models.forms import recipe_fields
from models.recipes import get_recipe, with_overrides
from models.tables.config import TableConfig
from models.tables.data import built_in
from models.tables.scaling import RowLikelihood
from models.training.recipe import fitted, load_data, new_model

WINE = built_in("wine").rows


def model_of(rows=WINE, **options):
    config = TableConfig(columns=tuple(f"c{i}" for i in range(rows.shape[1])), **options)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = build(config)
    model.start_from(rows)
    return model.eval()


GAUSSIAN = {"scaling": "standard", "likelihood": "gaussian-learned"}


@torch.no_grad()
@pytest.mark.parametrize(
    "options", [{}, GAUSSIAN, {"scaling": "min-max", **{"likelihood": "gaussian"}}]
)
def test_what_a_model_makes_of_rows_does_not_depend_on_their_units(options):
    unit, shift = torch.logspace(-2, 2, WINE.shape[1]), torch.linspace(-5, 5, WINE.shape[1])
    plain, other = model_of(WINE, **options), model_of(WINE * unit + shift, **options)
    rows = WINE[:5] * unit + shift
    torch.testing.assert_close(
        other.encode(rows).mu, plain.encode(WINE[:5]).mu, rtol=1e-3, atol=1e-4
    )
    z = torch.randn(5, 2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        other.decode(z), plain.decode(z) * unit + shift, rtol=1e-3, atol=1e-2
    )
    for model, x in ((plain, WINE[:5]), (other, rows)):
        model.found = model.likelihood.log_prob(model.decode_parameters(z), x)
    torch.testing.assert_close(other.found, plain.found, rtol=1e-3, atol=1e-2)


@torch.no_grad()
def test_an_untrained_model_begins_at_the_mean_row():
    for options in ({}, GAUSSIAN):
        model = model_of(**options)
        found = model.likelihood.mean(model.offset)
        torch.testing.assert_close(found, WINE.mean(0), rtol=1e-3, atol=1e-3)


def test_log_probabilities_are_those_of_the_scaled_row():
    likelihood = RowLikelihood(2, "gaussian-learned", "standard", 0.5)
    likelihood.fit(torch.tensor([[0.0, 10.0], [4.0, 30.0]]))  # means 2 and 20, deviations 2 and 10
    found = likelihood.log_prob(torch.zeros(1, 2), torch.tensor([[4.0, 20.0]]))
    wanted = -0.5 * (1 / 0.5) ** 2 - 2 * math.log(0.5) - math.log(2 * math.pi)
    assert found.item() == pytest.approx(wanted, abs=1e-5)
    assert likelihood.noise().tolist() == pytest.approx([1.0, 5.0])


def test_a_bernoulli_likelihood_refuses_what_lies_outside_and_says_why():
    with pytest.raises(ValueError, match=r"columns in \[0, 1\].*negative as well as positive"):
        TableConfig(scaling="standard", likelihood="bernoulli")
    with pytest.raises(ValueError, match=r"Column 1 holds numbers outside \[0, 1\]"):
        model_of(scaling="none", likelihood="bernoulli")
    assert model_of(torch.rand(30, 3), scaling="none", likelihood="bernoulli")


def test_a_number_beyond_the_training_rows_counts_as_their_end_or_tells_how_far_it_is():
    far = WINE[:1] + 1000 * (WINE.amax(0) - WINE.amin(0))
    z = torch.zeros(1, 2)
    for options, clipped in (({}, True), (GAUSSIAN, False)):
        model = model_of(**options)
        parameters = model.decode_parameters(z)
        found = model.likelihood.log_prob(parameters, far).item()
        end = model.likelihood.log_prob(parameters, WINE.amax(0, keepdim=True)).item()
        assert (found == pytest.approx(end, abs=1e-3)) is clipped


@torch.no_grad()
def test_the_divergence_from_one_component_is_the_gaussian_one():
    model = model_of(components=1, **GAUSSIAN)
    model.prior_mean.zero_()
    model.prior_logvar.zero_()
    posterior = model.encode(WINE[:4])
    torch.testing.assert_close(model.divergence(posterior), posterior.kl(), rtol=1e-4, atol=1e-5)
    z = torch.randn(6, 2, generator=torch.Generator().manual_seed(0))
    plain = model_of(**GAUSSIAN)
    torch.testing.assert_close(model.prior_log_prob(z), plain.prior_log_prob(z))


@torch.no_grad()
def test_the_divergence_from_a_mixture_is_a_bound_from_above():
    model = model_of(components=7, **GAUSSIAN)
    posterior = model.encode(WINE[:3])
    z = posterior.repeated(20_000).sample(torch.Generator().manual_seed(0))
    ratio = posterior.repeated(20_000).log_prob(z) - model.prior_log_prob(z)
    estimate = ratio.view(3, -1).mean(1)
    assert (model.divergence(posterior).sum(1) > estimate - 0.02).all()


@pytest.mark.parametrize("options", [{}, {"components": 5}])
def test_samples_come_from_the_prior_that_is_charged_for(options):
    model = model_of(**GAUSSIAN, **options)
    z = model.prior_sample(4000, torch.Generator().manual_seed(0))
    if options:
        nearest = torch.cdist(z, model.prior_mean.detach()).argmin(1)
        assert len(nearest.unique()) == 5
    else:
        assert z.std(0).tolist() == pytest.approx([1, 1], abs=0.05)


def test_a_recipe_takes_the_columns_of_its_table(tmp_path):
    recipe = with_overrides(get_recipe("table"), dataset="wine")
    dataset = load_data(recipe, tmp_path)
    recipe = fitted(recipe, dataset)
    assert recipe.model.columns == get_recipe("wine").model.columns == dataset.columns
    assert new_model(recipe, dataset).encode(dataset.train.images).mu.shape == (142, 2)
    assert get_recipe("iris").model.columns == built_in("iris").columns


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"columns": ("a",)}, "The table decides the columns"),
        ({"mirror": True}, "mirror is for pictures"),
        ({"network.kind": "pooled", "network.channels": (4,)}, "must be dense|no dense layers"),
        ({"network.encoder_hidden": ()}, "at least one width each"),
        ({"components": -1}, "components must lie in"),
    ],
)
def test_what_is_no_model_of_a_table_is_refused(overrides, words):
    with pytest.raises(ValueError, match=words):
        with_overrides(get_recipe("table"), **overrides)


def test_half_the_size_keeps_the_scaling_whole():
    model = model_of(WINE * 1000)
    rounded = in_half(model.state_dict(), model.exact)
    assert rounded["likelihood.centre"].dtype == torch.float32
    assert rounded["mean_example"].dtype == torch.float16
    before = model.encode(WINE[:5] * 1000).mu
    model.load_state_dict(rounded)
    assert torch.allclose(model.encode(WINE[:5] * 1000).mu, before, atol=0.01)


def test_a_form_asks_only_for_what_counts():
    rows = {field.name: field for field in recipe_fields(get_recipe("table"))}
    pictures = {field.name: field for field in recipe_fields(get_recipe("navigator-digits"))}
    assert {"components", "scaling", "normal_class", "latent_dim"} <= rows.keys()
    assert not rows.keys() & {"columns", "shape", "binarise", "mirror", "network.channels"}
    assert not pictures.keys() & {"label_column", "normal_class", "components"}
    assert rows["dataset"].choices == ("iris", "wine")
    assert "iris" not in pictures["dataset"].choices

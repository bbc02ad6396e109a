"""What is asked next, and which labels are doubted."""

import math

import pytest
import torch

from models.semi import acquisition
from models.semi.acquisition import QUEUES, NotYet, Pool, next_up, pick, suspicious
from models.semi.graph import build_graph


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def blobs(count=40, classes=5, spread=0.1):
    truth = torch.arange(count * classes) % classes
    middles = torch.eye(8)[truth]
    return middles + spread * torch.randn(middles.shape, generator=seeded()), truth


@pytest.fixture
def pool():
    features, truth = blobs()
    labelled = torch.zeros(len(truth), dtype=torch.bool)
    labelled[:20] = True
    told = torch.rand(len(truth), 5, generator=seeded(1)).softmax(1)
    sampled = torch.rand(4, len(truth), 5, generator=seeded(2)).softmax(2)
    return Pool(told, sampled, features, labelled)


@pytest.mark.parametrize("how", QUEUES)
def test_every_queue_gives_different_unlabelled_rows(how, pool):
    picks = pick(how, pool, 30, seeded())
    assert len(picks.rows.unique()) == 30
    assert not pool.labelled[picks.rows].any()
    assert picks.rows.dtype == torch.int64
    assert picks.scores.isfinite().all()
    again = next_up(how, pool, 30, seeded())
    assert torch.equal(picks.rows, again)


@pytest.mark.parametrize("how", QUEUES)
def test_every_queue_ends_with_the_pool(how, pool):
    assert sorted(next_up(how, pool, 1000, seeded()).tolist()) == list(range(20, 200))
    done = Pool(pool.probabilities, pool.sampled, pool.features, torch.ones(200) > 0)
    assert len(next_up(how, done, 5, seeded())) == 0


@pytest.mark.parametrize("how", QUEUES)
def test_every_queue_bears_copies_and_a_start_from_nothing(how):
    same = torch.ones(50, 3)
    even = torch.full((50, 4), 0.25)
    pool = Pool(even, even.expand(2, 50, 4), same, torch.zeros(50) > 0)
    assert len(next_up(how, pool, 50, seeded()).unique()) == 50


def test_an_unknown_queue_and_one_without_what_it_needs(pool):
    with pytest.raises(ValueError, match="There is no queue 'luck'; there are coverage"):
        next_up("luck", pool, 1, seeded())
    bare = Pool(pool.probabilities, None, pool.features, pool.labelled)
    with pytest.raises(NotYet, match="train more epochs, or choose another"):
        next_up("bald", bare, 1, seeded())


def test_entropy_margin_and_bald_by_hand():
    told = torch.tensor([[0.98, 0.01, 0.01], [0.5, 0.5, 0.0], [0.34, 0.33, 0.33], [0.9, 0.1, 0.0]])
    sure, torn = torch.tensor([1.0, 0, 0]), torch.tensor([0, 1.0, 0])
    sampled = torch.stack([sure.repeat(4, 1), sure.repeat(4, 1)])
    sampled[1, 3] = torn
    pool = Pool(told, sampled, torch.eye(4), torch.zeros(4) > 0)
    entropy, margin, bald = (pick(how, pool, 4, seeded()) for how in ("entropy", "margin", "bald"))
    assert entropy.rows.tolist() == [2, 1, 3, 0]
    assert entropy.scores[1] == pytest.approx(math.log(2))
    assert margin.rows.tolist() == [1, 2, 3, 0]
    assert margin.scores.tolist() == pytest.approx([1, 0.99, 0.2, 0.03], abs=1e-6)
    assert bald.rows[0] == 3
    assert bald.scores[0] == pytest.approx(math.log(2))


@pytest.mark.parametrize("how", ["coverage", "k-centre", "medoids"])
def test_the_first_ones_are_one_of_each_group(how):
    features, truth = blobs(spread=0.05)
    pool = Pool(torch.full((200, 5), 0.2), None, features, torch.zeros(200) > 0)
    first = next_up(how, pool, 5, seeded())
    assert len(truth[first].unique()) == 5


def test_coverage_goes_where_nothing_is_labelled_and_then_where_doubt_is():
    features, truth = blobs(spread=0.05)
    labelled = (truth != 3) & (torch.arange(200) < 20)
    even = torch.full((200, 20), 0.05)
    pool = Pool(even, None, features, labelled)
    assert truth[next_up("coverage", pool, 1, seeded())] == 3
    told = torch.eye(5)[truth]
    told[truth == 2] = 0.2
    pool = Pool(told, None, features, torch.arange(200) < 20)
    assert truth[next_up("coverage", pool, 1, seeded())] == 2


def test_lazy_coverage_is_plain_greedy(monkeypatch, pool):
    lazy = pick("coverage", pool, 25, seeded())
    monkeypatch.setattr(acquisition, "_AT_ONCE", 10_000)
    plain = pick("coverage", pool, 25, seeded())
    assert torch.equal(lazy.rows, plain.rows)
    assert torch.allclose(lazy.scores, plain.scores)


def test_only_some_are_looked_at_where_there_are_many(monkeypatch, pool):
    monkeypatch.setattr(acquisition, "CANDIDATES", 10)
    drawn = {tuple(next_up("coverage", pool, 2, seeded(seed)).tolist()) for seed in range(5)}
    assert len(drawn) > 1
    assert len(next_up("coverage", pool, 50, seeded())) == 50


def test_wrong_labels_are_found():
    features, truth = blobs()
    graph = build_graph(features, 8)
    labels = torch.where(torch.arange(200) < 50, truth, -1)
    wrong = torch.tensor([3, 14, 21])
    labels[wrong] = (truth[wrong] + 1) % 5
    found = suspicious(graph, labels, 5)
    assert sorted(found.rows.tolist()) == wrong.tolist()
    assert torch.equal(found.classes, truth[found.rows])
    assert (found.scores.diff() <= 0).all()
    every = suspicious(graph, labels, 5, least=-1)
    assert sorted(every.rows.tolist()) == list(range(50))
    assert (every.scores[3:] < 0.2).all()


def test_a_wrong_label_among_five_of_each_class_is_found_and_nothing_else():
    features, truth = blobs()
    graph = build_graph(features, 8)
    labels = torch.where(torch.arange(200) < 25, truth, -1)
    labels[3] = 0
    assert suspicious(graph, labels, 5).rows.tolist() == [3]


@pytest.mark.parametrize("few", [0, 3])
def test_so_few_labels_of_a_class_doubt_nothing(few):
    features, truth = blobs()
    graph = build_graph(features, 8)
    labels = torch.where(torch.arange(200) < 25, truth, -1)
    labels[3] = 0
    # Two others of one of the two classes that the wrong label is about.
    labels[((labels == few) & (torch.arange(200) != 3)).nonzero()[2:, 0]] = -1
    assert len(suspicious(graph, labels, 5).rows) == 0


def test_no_label_and_the_only_label_of_a_class_are_not_doubted():
    features, truth = blobs()
    graph = build_graph(features, 8)
    nothing = torch.full_like(truth, -1)
    assert len(suspicious(graph, nothing, 5).rows) == 0
    single = nothing.clone()
    single[:5] = truth[:5]
    assert len(suspicious(graph, single, 5).rows) == 0

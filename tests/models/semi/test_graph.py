"""The graph of neighbours and what labels say on it."""

import pytest
import torch

from models.semi.graph import Graph, attach, build_graph


def blobs(count=40, classes=3, seed=0, spread=0.1):
    """Groups around axes, so that directions tell them apart, and their classes."""
    generator = torch.Generator().manual_seed(seed)
    truth = torch.arange(count * classes) % classes
    middles = torch.eye(max(classes, 4))[truth]
    return middles + spread * torch.randn(middles.shape, generator=generator), truth


def labelled(truth, rows):
    labels = torch.full_like(truth, -1)
    labels[rows] = truth[rows]
    return labels


@pytest.fixture(scope="module")
def three():
    features, truth = blobs()
    return build_graph(features, 6), truth


def test_neighbours_are_the_nearest_by_angle():
    features, _ = blobs(count=20)
    graph = build_graph(features, 4)
    unit = torch.nn.functional.normalize(features - features.mean(0)).double()
    far = torch.cdist(unit, unit).fill_diagonal_(torch.inf)
    assert torch.equal(graph.rows.long(), far.topk(4, largest=False).indices)
    assert graph.rows.dtype == torch.int32
    squares = far.gather(1, graph.rows.long()).square()
    assert torch.allclose(graph.weights.double(), (-4 * squares / squares[:, -1:]).exp(), atol=1e-4)


def test_an_example_is_no_neighbour_of_its_own_even_among_copies():
    features = torch.eye(4).repeat(10, 1)
    graph = build_graph(features, 5)
    assert not (graph.rows.long() == torch.arange(40).unsqueeze(1)).any()
    assert graph.weights.isfinite().all()
    assert (graph.rows.long() % 4 == (torch.arange(40) % 4).unsqueeze(1)).all()


def test_fewer_examples_than_neighbours():
    assert build_graph(torch.eye(3), 12).rows.shape == (3, 2)
    with pytest.raises(ValueError, match="at least two"):
        build_graph(torch.eye(1), 12)


def test_progress_goes_up_to_one():
    told = []
    build_graph(torch.randn(50, 4), 3, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


def test_tensors_and_back(three):
    graph, _ = three
    back = Graph.from_tensors(graph.to_tensors())
    assert torch.equal(back.rows, graph.rows)
    assert torch.equal(back.weights, graph.weights)


@pytest.mark.parametrize(
    "tensors",
    [
        {},
        {"graph.rows": torch.zeros(3, 2).int(), "graph.weights": torch.zeros(3, 1)},
        {"graph.rows": torch.full((3, 2), 7).int(), "graph.weights": torch.ones(3, 2)},
    ],
)
def test_what_is_no_graph_is_refused(tensors):
    with pytest.raises(ValueError, match=r"graph"):
        Graph.from_tensors(tensors)


@pytest.mark.parametrize("method", ["poisson", "label"])
def test_a_label_a_group_tells_every_group(three, method):
    graph, truth = three
    told = graph.propagate(labelled(truth, [0, 1, 2]), 3, method=method)
    assert torch.equal(told.argmax(1), truth)
    assert torch.allclose(told.sum(1), torch.ones(len(truth)), atol=1e-5)
    assert torch.allclose(told.mean(0), torch.full((3,), 1 / 3), atol=0.02)


def test_only_classes_seen_get_mass(three):
    graph, truth = three
    told = graph.propagate(labelled(truth, [0, 1]), 5)
    assert (told[:, 2:] == 0).all()
    one = graph.propagate(labelled(truth, [1]), 5)
    assert torch.equal(one, torch.eye(5)[1].expand(len(truth), 5))
    none = graph.propagate(torch.full_like(truth, -1), 5)
    assert torch.equal(none, torch.full((len(truth), 5), 0.2))


def test_a_labelled_example_keeps_its_label_though_all_say_otherwise(three):
    graph, truth = three
    labels = truth.clone()
    labels[0] = 1
    assert graph.propagate(labels, 3)[0].tolist() == [0, 1, 0]


def test_a_known_share_is_kept():
    features, truth = blobs(count=30, spread=0.6, seed=3)
    share = torch.tensor([0.5, 0.25, 0.25])
    told = build_graph(features, 8).propagate(labelled(truth, [0, 1, 2]), 3, prior=share)
    assert torch.allclose(told.mean(0), share, atol=0.03)


def test_the_order_of_examples_and_of_classes_does_not_matter(three):
    features, truth = blobs(spread=0.3)
    order = torch.randperm(len(truth), generator=torch.Generator().manual_seed(1))
    labels = labelled(truth, range(9))
    told = build_graph(features, 6).propagate(labels, 3)
    turned = build_graph(features[order], 6).propagate(labels[order], 3)
    assert torch.allclose(turned, told[order], atol=2e-3)
    renamed = torch.where(labels < 0, labels, 2 - labels)
    assert torch.allclose(build_graph(features, 6).propagate(renamed, 3).flip(1), told, atol=2e-3)


def test_poisson_equation_of_a_path_of_four():
    # 0 - 1 - 2 - 3 with unit weights, labels at the ends: the potentials are antisymmetric and
    # fall from the labels inwards.
    rows = torch.tensor([[1], [2], [3], [2]]).int()
    graph = Graph(rows, torch.ones(4, 1))
    told = graph.propagate(torch.tensor([0, -1, -1, 1]), 2)
    assert torch.allclose(told, told.flip(0).flip(1), atol=1e-3)
    assert told[1, 0] > 0.6


def test_what_hangs_on_the_graph_is_told_by_its_neighbours(three):
    features, truth = blobs()
    asked, wanted = blobs(count=10, seed=9)
    carried = attach(asked, features).carry(torch.eye(3)[truth])
    assert torch.equal(carried.argmax(1), wanted)
    assert torch.allclose(carried.sum(1), torch.ones(30), atol=1e-5)
    itself = attach(features, features, 1).carry(torch.eye(3)[truth])
    assert torch.equal(itself.argmax(1), truth)

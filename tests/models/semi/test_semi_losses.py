import math

import pytest
import torch
from torch.nn.functional import normalize

from models.semi.losses import cluster_information, cross_entropy, supervised_contrastive


def by_hand(z, groups, temperature):
    """Equation 2 of the paper, one term at a time."""
    total, anchors = 0.0, 0
    for i in range(len(z)):
        others = [a for a in range(len(z)) if a != i]
        positives = [p for p in others if groups[p] == groups[i]]
        if not positives:
            continue
        alike = {a: float(z[i] @ z[a]) / temperature for a in others}
        below = math.log(sum(math.exp(value) for value in alike.values()))
        total += -sum(alike[p] - below for p in positives) / len(positives)
        anchors += 1
    return total / anchors


@pytest.mark.parametrize(
    "groups", [[0, 0, 1, 1, 0, 2], [0, 1, 2, 0, 1, 2], [5, 5, 5, 5, 5, 5]], ids=str
)
@pytest.mark.parametrize("temperature", [0.1, 0.3, 1.0])
def test_the_supervised_contrastive_loss_is_that_of_the_paper(groups, temperature):
    z = normalize(torch.randn(6, 3, generator=torch.Generator().manual_seed(1)))
    found = supervised_contrastive(z, torch.tensor(groups), temperature)
    assert found.item() == pytest.approx(by_hand(z, groups, temperature), rel=1e-5)


def test_two_views_that_coincide_and_are_opposite_to_all_others():
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    found = supervised_contrastive(z, torch.tensor([0, 1, 0, 1]), 0.5)
    assert found.item() == pytest.approx(math.log(1 + 2 * math.exp(-4)), rel=1e-5)


def test_rows_that_are_alone_in_their_groups_do_not_count():
    z = normalize(torch.randn(4, 3, generator=torch.Generator().manual_seed(1))).requires_grad_()
    alone = supervised_contrastive(z, torch.arange(4), 0.3)
    alone.backward()
    assert alone.item() == 0
    assert z.grad is not None
    assert not z.grad.any()


def test_labels_pull_examples_of_a_class_together():
    z = torch.randn(8, 4, generator=torch.Generator().manual_seed(2), requires_grad=True)
    groups = torch.tensor([0, 0, 1, 1]).repeat(2)
    search = torch.optim.SGD([z], lr=1.0)
    for _ in range(200):
        loss = supervised_contrastive(normalize(z), groups, 0.3)
        search.zero_grad()
        loss.backward()
        search.step()
    alike = normalize(z) @ normalize(z).T
    assert alike[groups == 0][:, groups == 0].min() > 0.9
    assert alike[groups == 0][:, groups == 1].max() < 0


@pytest.mark.parametrize("heads", [1, 3])
def test_clusters_that_agree_and_are_equally_large_know_most_of_each_other(heads):
    clusters = torch.arange(4).repeat(5)
    logits = 50 * torch.nn.functional.one_hot(clusters, 4).float()
    agreed = cluster_information([logits.repeat(2, 1)] * heads)
    assert agreed.item() == pytest.approx(math.log(4), abs=1e-3)


def test_clusters_that_are_all_one_or_do_not_agree_know_nothing():
    one = torch.tensor([[50.0, 0.0]]).repeat(40, 1)
    assert cluster_information([one]).item() == pytest.approx(0, abs=1e-4)
    first = torch.tensor([[50.0, 0.0], [0.0, 50.0]]).repeat(20, 1)
    second = torch.tensor([[50.0, 0.0], [50.0, 0.0], [0.0, 50.0], [0.0, 50.0]]).repeat(10, 1)
    assert cluster_information([torch.cat([first, second])]).item() == pytest.approx(0, abs=1e-4)


def test_rows_of_which_nothing_is_known_have_no_part_in_the_cross_entropy():
    logits = torch.randn(3, 2, generator=torch.Generator().manual_seed(3), requires_grad=True)
    shares = torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.25, 0.75]])
    found = cross_entropy(logits, shares)
    p = logits.log_softmax(1)
    wanted = -(p[0, 0] + 0.25 * p[2, 0] + 0.75 * p[2, 1]) / 2
    torch.testing.assert_close(found, wanted)
    found.backward()
    assert not logits.grad[1].any()
    assert cross_entropy(logits, torch.zeros(3, 2)).item() == 0

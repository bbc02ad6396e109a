import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from models.latent import class_means, class_medoids


def test_means_by_hand_with_an_empty_class_and_unlabelled_codes():
    codes = torch.tensor([[0.0, 0], [2, 4], [9, 9], [5, 5]])
    means = class_means(codes, torch.tensor([0, 0, -1, 2]), 3)
    assert means[0].tolist() == [1, 2]
    assert means[1].isnan().all()
    assert means[2].tolist() == [5, 5]


def test_a_medoid_is_the_middle_example():
    codes = torch.tensor([[0.0], [1], [2], [100], [7], [50]])
    medoids = class_medoids(codes, torch.tensor([0, 0, 0, 0, 1, -1]), 3)
    assert medoids.tolist()[1:] == [4, -1]
    assert medoids[0] in (1, 2)


@given(st.integers(0, 1000))
def test_a_medoid_is_of_its_class_and_the_best_of_it(seed):
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randn(40, 3, generator=generator)
    labels = torch.randint(-1, 4, (40,), generator=generator)
    for label, medoid in enumerate(class_medoids(codes, labels, 4).tolist()):
        members = labels == label
        if medoid < 0:
            assert not members.any()
            continue
        assert labels[medoid] == label
        summed = torch.cdist(codes[members], codes[members]).sum(1)
        own = (codes[members] - codes[medoid]).norm(dim=1).sum()
        assert own <= summed.min() + 1e-3


def test_a_sampled_medoid_is_seeded_and_central():
    generator = torch.Generator().manual_seed(0)
    codes = torch.randn(2000, 2, generator=generator)
    labels = torch.zeros(2000, dtype=torch.int64)
    first = class_medoids(codes, labels, 1, seed=3, sample=200)
    assert torch.equal(first, class_medoids(codes, labels, 1, seed=3, sample=200))
    assert codes[first].norm() < 0.3


@pytest.mark.parametrize("labels", [[0, 3], [-2, 0], [0]])
def test_refuses_labels_that_do_not_fit(labels):
    with pytest.raises(ValueError, match=r"labels|Labels"):
        class_means(torch.zeros(2, 2), torch.tensor(labels), 3)

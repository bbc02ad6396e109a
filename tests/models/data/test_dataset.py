import pytest
import torch

from models.data import Split


def test_takes_rows_in_order():
    split = Split(
        images=torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1), labels=torch.arange(5)
    )
    taken = split.to("cpu").take(torch.tensor([4, 0]))
    assert len(taken) == 2
    assert taken.images.flatten().tolist() == taken.labels.tolist() == [4, 0]


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (torch.zeros(2, 1, 4, 4), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 4, 4, dtype=torch.uint8), torch.zeros(2, dtype=torch.int64)),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(3, dtype=torch.int64)),
        (torch.zeros(2, 1, 4, 4, dtype=torch.uint8), torch.zeros(2)),
    ],
)
def test_refuses_what_is_not_a_split(images, labels):
    with pytest.raises(ValueError, match=r"Split\.(images|labels) must be"):
        Split(images=images, labels=labels)

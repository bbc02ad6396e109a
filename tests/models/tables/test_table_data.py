"""Tables as data: what is read, what is refused in one sentence, which rows are held out."""

import pytest
import torch

from models import data
from models.data import DataError, Split, load_as
from models.data.trained_on import load_again
from models.preprocessing import DataConfig, as_seen, prepare, to_unit
from models.tables.config import TableConfig
from models.tables.csv_file import read_table
from models.tables.data import Table, built_in, is_train, table_dataset


def csv(rows=24, *, header="a,b,kind", change=None):
    lines = [f"{i},{i * i / 7:.3f},{'xyz'[i % 3]}" for i in range(rows)]
    if change is not None:
        lines[change[0]] = change[1]
    return "\n".join([header, *lines]).encode()


def test_a_table_is_columns_rows_and_classes():
    table = read_table(csv(), "kind")
    assert (table.columns, table.class_names) == (("a", "b"), ("x", "y", "z"))
    assert table.rows.dtype == torch.float32
    assert table.rows[3].tolist() == pytest.approx([3, 9 / 7], abs=1e-3)
    assert table.labels[:4].tolist() == [0, 1, 2, 0]


def test_other_separators_and_unlabelled_rows_are_read():
    text = csv(change=(4, "4,2.3,")).replace(b",", b";")
    table = read_table(b"\xef\xbb\xbf" + text, "kind")
    assert table.columns == ("a", "b")
    assert table.labels[4] == -1


def test_classes_that_are_numbers_are_in_their_order():
    body = "\n".join(f"{i},{(2, 10, 1)[i % 3]}" for i in range(20))
    assert read_table(f"a,n\n{body}".encode(), "n").class_names == ("1", "2", "10")


@pytest.mark.parametrize(
    ("content", "label", "words"),
    [
        (b"", "", "empty"),
        (csv(5), "kind", "5 rows, too few"),
        (csv(), "", "line 2: column 'kind' holds text ('x')"),
        (csv(), "sort", "no column 'sort'"),
        (csv(change=(3, "3,,y")), "kind", "line 5: the value of 'b' is missing"),
        (csv(change=(3, "3,n/a,y")), "kind", "line 5: the value of 'b' is missing"),
        (csv(change=(3, "3,inf,y")), "kind", "line 5: the value of 'b' is 'inf'"),
        (csv(change=(3, "3,1e300,y")), "kind", "too large"),
        (csv(change=(3, "3,1_0,y")), "kind", "line 5: column 'b' holds text"),
        (csv(change=(3, '3,"1,5",y')), "kind", "line 5: the value of 'b' is '1,5'; write numbers"),
        (csv(change=(3, '3,"12,345.6",y')), "kind", "decimal point and no other commas"),
        (csv(change=(3, "3,y")), "kind", "line 5: there are 2 values where the header has 3"),
        (csv(header="a,a,kind"), "kind", "'a' is there twice"),
        (csv(header="a,,kind"), "kind", "column 2 has no name"),
        (csv().split(b"\n", 1)[1].replace(b"x", b"1"), "", "no header"),
        (csv().replace(b"kind", b"\xff\xfe"), "", "not UTF-8"),
        ("a,b\n" + "1,2\n" * 30, "", "'a' is constant (1 in every row)"),
        (
            "a,b\n" + "\n".join(f"{1_700_000_000 + i},{i}" for i in range(30)),
            *("", "the numbers of 'a' differ by too little for their size"),
        ),
        ("a,b\n" + "\n".join(f"{i},v{i}" for i in range(60)), "b", "60 different values"),
        ("a\n" + "\n".join(map(str, range(30))), "a", "no column of numbers"),
        ("a,b\n" + "1,2\n" * 3_000_000, "", "MB"),
        (",".join(f"c{i}" for i in range(300)) + "\n", "", "300 columns"),
        ('a,b\n"1,2\n', "", "no CSV"),
    ],
)
def test_what_is_wrong_is_one_sentence(content, label, words):
    content = content.encode() if isinstance(content, str) else content
    with pytest.raises(DataError) as caught:
        read_table(content, label, name="mine.csv")
    said = str(caught.value)
    assert said.startswith("mine.csv")
    assert words in said
    assert said.count(". ") == 0, said


def test_one_in_five_of_every_class_is_held_out_and_always_the_same():
    wine = built_in("wine")
    train = is_train(wine)
    assert torch.equal(train, is_train(wine))
    assert not torch.equal(train, is_train(wine, 1))
    for label in range(3):
        rows = wine.labels == label
        assert (rows & ~train).sum() == round(0.2 * int(rows.sum()))


def test_classes_of_a_row_each_still_leave_rows_to_test_on():
    table = Table(("a",), torch.rand(30, 1), torch.arange(30), tuple(map(str, range(30))))
    assert (~is_train(table)).sum() == 6


def test_one_normal_class_is_all_there_is_of_such_a_data_set():
    iris = built_in("iris")
    found = table_dataset(iris, "iris", normal_class="versicolor", validation=5)
    sizes = [len(part) for part in (found.train, found.validation, found.test)]
    assert sizes == [35, 5, 10]
    assert set(found.train.labels.tolist()) == set(found.test.labels.tolist()) == {1}
    with pytest.raises(DataError, match="no class 'rose'; its classes: setosa, versicolor"):
        table_dataset(iris, "iris", normal_class="rose")
    with pytest.raises(DataError, match="cannot be held out"):
        table_dataset(iris, "iris", validation=119)


def test_rows_stay_as_they_are_on_their_way_to_a_model():
    rows = torch.tensor([[-3.5, 700.0]])
    assert torch.equal(to_unit(rows), rows)
    assert torch.equal(prepare(rows, "dynamic"), rows)
    assert torch.equal(as_seen(rows, "threshold"), rows)
    assert Split(images=rows, labels=torch.zeros(1, dtype=torch.int64)).take(slice(1)).images.shape
    with pytest.raises(ValueError, match=r"uint8 \[N, C, H, W\], or float32 \[N, C\]"):
        Split(images=rows.double(), labels=torch.zeros(1, dtype=torch.int64))


def test_a_table_of_ones_own_is_found_by_name_and_by_path(tmp_path):
    folder = tmp_path / "datasets" / "tables"
    folder.mkdir(parents=True)
    (folder / "mine.csv").write_bytes(csv())
    for name in ("table:mine", f"table:{folder / 'mine.csv'}"):
        found = data.load(name, workspace=tmp_path, label_column="kind")
        assert (found.columns, found.shape) == (("a", "b"), (2,))
    with pytest.raises(DataError, match="There is no table"):
        data.load("table:../mine", workspace=tmp_path / "elsewhere")


def test_pictures_and_rows_are_not_taken_for_each_other():
    with pytest.raises(DataError, match="digits holds pictures, and the model takes rows"):
        load_as("digits", (4,))
    with pytest.raises(DataError, match="iris holds rows of a table, and the model takes pict"):
        load_as("iris", (1, 28, 28))


def test_a_checkpoints_table_is_read_again_as_it_was():
    config = DataConfig(dataset="iris", normal_class="setosa")
    model = TableConfig(columns=built_in("iris").columns)
    assert len(load_again(config, model).train) == 40
    other = TableConfig(columns=("petal width (cm)", *built_in("iris").columns[:3]))
    with pytest.raises(DataError, match="iris has other columns than the model was trained on"):
        load_again(config, other)

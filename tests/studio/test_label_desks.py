"""Open label projects: let go of under a request, asked for twice at once, without their run."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.atomic import remove_folder
from models.labels import newest
from models.labels.errors import NotKept, UnknownProject
from models.labels.rounds import begin_round
from models.runs import Runs
from models.runs.queue import Queue
from studio import label_desks
from studio.label_desks import LabelDesks
from tests.labelers import make_teller
from tests.studio.coroutines import run
from tests.studio.label_pages import opened


@pytest.fixture
def desks(tmp_path):
    make_teller(tmp_path, "blank", labels=0)
    runs = Runs(tmp_path, pretrained=tmp_path / "none")
    desks = LabelDesks(runs.registry, runs, Queue(runs))
    yield desks
    desks.close()


def test_a_label_for_a_project_that_was_just_closed_is_asked_for_again(desks):
    project = desks.projects.create("one", "digits", "blank")
    one = desks.opened(project.id)
    one.close()
    with pytest.raises(NotKept, match="try again"):
        run(one.commit(lambda: one.desk.store.label([1], 1)))


def test_a_label_comes_through_although_its_project_is_let_go_of_under_it(desks, monkeypatch):
    project = desks.projects.create("one", "digits", "blank")
    get, times = desks.get, []

    async def gets_and_loses(project_id):
        found = await get(project_id)
        if len(times) < lost:
            times.append(project_id)
            desks._let_go(project_id)
        return found

    monkeypatch.setattr(desks, "get", gets_and_loses)
    lost = 2
    step = run(desks.commit(project.id, lambda desk: desk.store.label([1], 1, "hand", "a")))
    assert (step.labelled, len(times)) == (1, 2)
    times.clear()
    lost = 99
    with pytest.raises(NotKept, match="try again"):
        run(desks.commit(project.id, lambda desk: desk.store.label([2], 1, "hand", "b")))
    monkeypatch.undo()
    assert desks.opened(project.id).desk.store.current()[2] < 0


def test_what_is_no_project_leaves_nothing_behind(desks):
    for number in range(20):
        with pytest.raises(UnknownProject):
            desks.opened(f"{number:012x}")
    assert not desks._opening
    project = desks.projects.create("gone", "digits", "blank")
    desks.opened(project.id)
    remove_folder(project.folder)
    with pytest.raises(UnknownProject):
        desks.opened(project.id)
    assert not desks._opening
    assert not desks._open


def test_a_round_that_was_removed_from_the_runs_is_told_of_no_more(desks):
    one = desks.opened(desks.projects.create("one", "digits", "blank").id)
    one.last = begin_round(one.desk.project, desks.registry, desks.runs, 1)
    desks.runs.stop(one.last)
    assert desks.round_of(one) is not None
    desks.runs.remove(one.last)
    assert desks.round_of(one) is None


def test_two_pages_that_ask_for_the_example_at_once_get_the_same(tmp_path):
    with opened(tmp_path) as client, ThreadPoolExecutor(2) as pages:
        asked = [pages.submit(client.post, "/labels/example") for _ in range(2)]
        first, second = (answer.result() for answer in asked)
        assert (first.status_code, first.json()) == (200, second.json())
        client.patch(f"/labels/{first.json()['id']}", json={"name": "eXample"})
        assert client.post("/labels/example").json()["id"] == first.json()["id"]


def test_projects_that_pages_look_at_stay_open_and_others_do_not(desks, monkeypatch):
    ids = [desks.projects.create(name, "digits", "blank").id for name in "abcde"]
    first = [desks.opened(one) for one in ids[:4]]
    assert [desks.opened(one) for one in ids[:4]] == first
    # Too many are open, but each of them was asked for a moment ago.
    with monkeypatch.context() as few:
        few.setattr(label_desks, "MOST_USED", 3)
        few.setattr(label_desks, "BUSY_S", 60.0)
        assert not desks._spare()
        assert len(desks._open) == 4
    monkeypatch.setattr(label_desks, "RESTING_S", 0.0)
    desks.opened(ids[4])
    assert list(desks._open) == ids[2:]
    assert first[0].desk._closed.is_set()


def test_a_project_deleted_while_it_is_opened_stays_deleted(desks, monkeypatch):
    project = desks.projects.create("gone", "digits", "blank")
    begin = newest._begun

    def late(*arguments):
        remove_folder(project.folder)
        return begin(*arguments)

    monkeypatch.setattr(newest, "_begun", late)
    with pytest.raises(UnknownProject, match="just deleted"):
        desks.opened(project.id)
    assert not project.folder.exists()

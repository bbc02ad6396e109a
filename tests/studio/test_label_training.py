"""Rounds of training from the page: a worker process, a restart meanwhile, what comes of it."""

import numpy as np

from models.registry import Registry
from tests.labelers import some_of_each, until
from tests.studio.label_pages import Page, opened, refusal


def test_a_round_is_found_again_after_a_restart(label_place, labeler):
    page = Page.new(labeler)
    page.ready()
    truth = page.colour("true")
    for label, rows in some_of_each(truth, 3).items():
        page.label(rows, label)
    assert "not being trained" in refusal(page.post("stop"))
    before = page.state()
    begun = page.post("rounds", {"epochs": 2}).json()
    assert begun["state"] in ("waiting", "running")
    assert "being trained" in refusal(page.post("rounds", {"epochs": 2}))
    name = page.get().json()["name"]
    gone = page.client.request("DELETE", f"/labels/{page.id}", json={"name": name})
    assert "being trained" in refusal(gone)
    page.label([200], 3)
    with opened(label_place) as anew:
        again = Page(anew, page.id)
        assert again.state()["round"]["run"] == begun["run"]
        done = until(lambda: (now := again.state()["round"])["state"] == "finished" and now)
        assert [epoch["epoch"] for epoch in done["history"]] == [1, 2]
        assert all(np.isfinite(epoch["total"]) for epoch in done["history"])
        assert "labels" in done["sentence"]
        until(lambda: again.state()["growth"])
        assert again.ready()["labelled"] == 31
        after = again.state()
        assert after["versions"]["points"] != before["versions"]["points"]
        made = again.post("export/checkpoint", {"name": "from labels"})
        assert "name" in refusal(made, 404)
        assert again.post("export/checkpoint", {"name": "mine"}).json() == {"name": "mine"}
        assert again.post("export/checkpoint", {"name": "mine"}).json() == {"name": "mine-2"}
        [run] = [run for run in anew.get("/runs").json()["runs"] if run["id"] == begun["run"]]
        assert (run["state"], run["checkpoint"]) == ("finished", None)
    until(lambda: page.state()["round"]["state"] == "finished")
    found = Registry(label_place, pretrained=label_place / "none").open("mine")
    assert found.config.metrics["num_labels"] in (30, 31)
    assert (found.atlas.given >= 0).sum() == found.config.metrics["num_labels"]
    assert set(found.atlas.labels[found.atlas.given == 3].tolist()) <= {3, int(truth[200])}
    newer = Page.new(labeler, checkpoint="mine", labels=True)
    assert newer.state()["labelled"] == found.config.metrics["num_labels"]

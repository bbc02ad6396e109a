"""A sweep on a Ray cluster: Ray Tune chooses where each point is trained, and when.

The workspace lies on a disk that every machine of the cluster sees under the same path. Tune: A
Research Platform for Distributed Model Selection and Training (Liaw et al., 2018),
arXiv 1807.05118.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from models.runs import RunError, Runs
from models.sweep.results import Row
from models.sweep.run import Sweep
from models.sweep.workers import Workers, outcome_of, work_on

__all__ = ["require_ray", "run_on_ray"]

ROOT = Path(__file__).resolve().parents[2]


def require_ray() -> Any:
    """Return Ray's module.

    Raises:
        ValueError: It is not installed.
    """
    try:
        import ray
        import ray.tune
    except ImportError:
        raise ValueError(
            "Ray is not installed; install it with: pip install -e '.[sweep]', or use "
            "--parallel on this machine."
        ) from None
    return ray


def run_on_ray(
    sweep: Sweep, workers: Workers, *, address: str | None, on_end: Callable[[Row], None]
) -> None:
    """Train every point that is left, as many at once as the cluster has room for.

    Args:
        sweep: The sweep.
        workers: Prepares the runs; its launch says how many cores each takes.
        address: Of a running cluster; None takes the one that $RAY_ADDRESS names, or begins one on
            this machine.
        on_end: Called with each row that ended.

    Raises:
        ValueError: Ray is not installed, the cluster does not answer, or another process works on
            this sweep.
        KeyboardInterrupt: After Ctrl-C, once the points at work have stopped.
    """
    ray = require_ray()
    with sweep.locked():
        prepared = _prepare(sweep, workers, on_end)
        if not prepared:
            return
        _join(ray, address)
        try:
            # Tune talks on standard output, which is for results.
            with redirect_stdout(sys.stderr):
                _tune(ray, sweep, workers, prepared, on_end)
        finally:
            ray.shutdown()


def _prepare(sweep: Sweep, workers: Workers, on_end: Callable[[Row], None]) -> dict[str, int]:
    """Put a run for each point that is left into the queue; return their ids with the points."""
    prepared = {}
    for index in sweep.left:
        try:
            run = workers.prepare(sweep.grid.points[index], sweep.rows[index].run)
        except RunError as error:
            sweep.update(index, state="failed", error=str(error))
            on_end(sweep.rows[index])
            continue
        sweep.update(index, run=run.id, state="waiting", error="")
        prepared[run.id] = index
    return prepared


def _join(ray: Any, address: str | None) -> None:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    try:
        ray.init(
            address=address,
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level="ERROR",
            runtime_env={"env_vars": {"PYTHONPATH": os.pathsep.join(paths)}},
        )
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        cause = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        raise ValueError(f"There is no Ray cluster to be had ({cause:.300}).") from error


def _tune(
    ray: Any,
    sweep: Sweep,
    workers: Workers,
    prepared: dict[str, int],
    on_end: Callable[[Row], None],
) -> None:
    tune: Any = ray.tune
    runs, launch = workers.runs, workers.launch

    def end(run_id: str) -> None:
        run = runs.get(run_id)
        sweep.conclude(prepared[run_id], lambda: outcome_of(run, workers.registry))
        on_end(sweep.rows[prepared[run_id]])

    class Watch(tune.Callback):  # type: ignore[misc]
        def __reduce__(self) -> tuple[Any, tuple[()]]:
            # Tune keeps a copy of all callbacks; this one belongs to this process.
            return tune.Callback, ()

        def on_trial_start(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            sweep.update(prepared[trial.config["run"]], state="running")

        def on_trial_complete(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            end(trial.config["run"])

        def on_trial_error(self, iteration: int, trials: Any, trial: Any, **info: Any) -> None:
            end(trial.config["run"])

    resources = {"cpu": launch.threads or 1, "gpu": int(launch.device.startswith("cuda"))}
    space = {
        "workspace": str(runs.workspace.resolve()),
        "run": tune.grid_search(list(prepared)),
    }
    config = tune.RunConfig(
        name="ray", storage_path=str(sweep.folder.resolve()), verbose=0, callbacks=[Watch()]
    )
    tuner = tune.Tuner(tune.with_resources(_work, resources), param_space=space, run_config=config)
    # In the main thread Tune would take Ctrl-C for itself and kill the workers.
    with ThreadPoolExecutor(1) as pool:
        fitting = pool.submit(tuner.fit)
        try:
            fitting.result()
        except KeyboardInterrupt:
            for run_id in prepared:
                with suppress(RunError):
                    runs.stop(runs.get(run_id))
            fitting.result()
            raise


def _work(config: dict[str, str]) -> dict[str, str]:
    """Do a run, on whichever machine of the cluster this is."""
    runs = Runs(Path(config["workspace"]))
    run = runs.get(config["run"])
    work_on(runs, run)
    # How it went stands in the run's folder; an error here would only be told twice.
    return {"state": run.status().state}

"""What the studio promises to hold, and the tests that hold it to that."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One row of docs/reliability.md."""

    number: int
    title: str
    done: str
    """What the full form tries"""
    wanted: str
    tests: tuple[str, ...]
    """Files of tests, or single tests as `file::name`"""


HERE = "tests/reliability"
BROWSER = "tests/browser"

PROMISES = (
    Promise(
        1,
        "No label is lost",
        "200 times `kill -9` of a process that labels without pause, 200 times of the studio "
        "itself under 20 labels a second",
        "0 acknowledged labels lost, none taken twice, `integrity_check` ok",
        (f"{HERE}/test_labels_killed.py", f"{HERE}/test_labels_served.py"),
    ),
    Promise(
        2,
        "No training is lost",
        "100 times `kill -9` while checkpoints are written, 100 times while one training saves "
        "its state, 20 times during a round of the labeler",
        "what is listed loads, nothing half written is listed, and the resumed losses are those "
        "of the uninterrupted run to the last digit",
        (
            f"{HERE}/test_checkpoint_kills.py",
            f"{HERE}/test_run_kills.py",
            f"{HERE}/test_round_kills.py",
            f"{HERE}/test_runs_survive.py::test_a_killed_training_is_found_and_resumed",
        ),
    ),
    Promise(
        3,
        "A full disk harms nothing",
        "a disk of 2 to 4 MB fills up while checkpoints, labels, trainings, tables and uploads "
        "are written to it",
        "what was there is intact, what was acknowledged is kept, and the message says that the "
        "disk is full",
        (
            f"{HERE}/test_full_disk.py",
            f"{HERE}/test_runs_survive.py::test_a_full_disk_loses_only_what_it_has_no_room_for",
            "tests/models/labels/test_label_damage.py::"
            "test_a_full_disk_refuses_the_step_and_keeps_every_other",
        ),
    ),
    Promise(
        4,
        "A training belongs to no page",
        "reload, close, a second tab, a restart of the studio, two starts at once",
        "progress goes on; two tabs agree within 2 s; the restarted studio shows and stops the "
        "run; one run and one refusal",
        (
            f"{BROWSER}/test_trainings_outlive.py",
            f"{BROWSER}/test_train_tab.py::test_two_starts_for_one_name_and_a_clone",
            f"{BROWSER}/test_train_tab.py::test_a_restart_of_the_studio_is_survived",
            f"{HERE}/test_runs_survive.py::test_two_starts_for_one_name_are_one_run_and_one_refusal",
            f"{HERE}/test_runs_survive.py::test_a_worker_outlives_its_parent_and_is_adopted",
        ),
    ),
    Promise(
        5,
        "Evil pickles never run",
        "nine payloads in six forms each, files in files, other people's formats",
        "the payload never runs; refused with its reason in under 0.2 s",
        (
            f"{HERE}/test_strangers_files.py::"
            "test_an_evil_pickle_is_refused_by_name_and_never_runs",
            f"{HERE}/test_strangers_files.py::test_the_second_lock_holds_alone",
            f"{HERE}/test_strangers_files.py::test_a_program_hidden_behind_another_pickle_is_found",
            f"{HERE}/test_strangers_files.py::test_other_peoples_formats_are_refused",
        ),
    ),
    Promise(
        6,
        "A damaged checkpoint is never loaded",
        "2,000 changes each of the tensors' header, of their body, and of a file's length",
        "100 % are refused, each with a `CheckpointError` and nothing else, and memory stays",
        (f"{HERE}/test_checkpoint_fuzz.py", "tests/models/test_checkpoint_damage.py"),
    ),
    Promise(
        7,
        "Bombs do not go off",
        "arrays of 32 GiB in 128 bytes, archives that unpack to a thousand times their size, a "
        "PNG of 169 million pixels, CSVs of a million columns, each in a process of its own",
        "each is refused in under 1 s and under 300 MB",
        (f"{HERE}/test_bombs.py", f"{HERE}/test_strangers_files.py::test_a_zip_bomb_is_refused"),
    ),
    Promise(
        8,
        "Weights that do not fit are named",
        "NaN, infinity, another latent size, a missing and an unknown tensor",
        "the message names the tensor and both shapes",
        (
            "tests/models/test_checkpoint_damage.py::test_weights_that_are_not_finite_are_named",
            "tests/models/test_checkpoint_damage.py::test_a_wrong_shape_is_named_with_both",
            "tests/models/test_checkpoint_damage.py::test_a_missing_and_an_extra_weight_are_named",
            "tests/models/test_checkpoint_damage.py::"
            "test_a_configuration_that_does_not_fit_is_refused",
        ),
    ),
    Promise(
        9,
        "No name leads out of the workspace",
        "more than forty names such as `../x`, `%2f`, NUL or a link, in every parameter of every "
        "route that takes text: path, query, JSON, names of uploads, WebSocket, form fields",
        "0 files opened, listed, written or told outside, 0 unforeseen errors",
        (f"{HERE}/test_every_name.py", f"{HERE}/test_every_form.py"),
    ),
    Promise(
        10,
        "Files are served from where they should be",
        "the repository, label databases, dotfiles, home, system files, asked of every route "
        "that serves files",
        "0 of them served",
        (f"{HERE}/test_served_files.py",),
    ),
    Promise(
        11,
        "Other sites can do nothing",
        "every route that changes something, and each WebSocket, with a foreign `Origin`, a "
        "foreign `Host`, and its own",
        "403, 400, and let in",
        (f"{HERE}/test_every_door.py", "tests/studio/doors/test_guard.py"),
    ),
    Promise(
        12,
        "Names are words, never markup",
        "scripts as names of runs, projects, classes, columns, files and in a checkpoint's card, "
        "in a browser that goes through all tabs",
        "0 dialogs, 0 scripts run, 0 elements made",
        (
            f"{BROWSER}/test_scripts_as_names.py",
            f"{BROWSER}/test_runs_tab.py::test_names_are_words_and_never_markup",
        ),
    ),
    Promise(
        13,
        "No cell of an export is a formula",
        "`=`, `+`, `-`, `@`, tab and quotes at the beginning of names in every CSV that is written",
        "0 formulas, and what is read again is what was written",
        (f"{HERE}/test_csv_formulas.py", "tests/models/labels/test_label_csv.py"),
    ),
    Promise(
        14,
        "The studio does not grow",
        "10,000 moves over the WebSocket and 1,000 labels in one studio",
        "under 50 MB of growth, no open file more",
        (f"{HERE}/test_soak.py",),
    ),
    Promise(
        15,
        "Visitors do not meet",
        "eight sessions at once, 200 events each: moves, labels, undo, a project that all share",
        "each sees only its own state; 0 answers say that a database is locked",
        (f"{HERE}/test_many_sessions.py",),
    ),
    Promise(
        16,
        "The same gives the same",
        "one seed trained and one code decoded in processes of their own",
        "the same losses to the last digit, the same bytes of the picture",
        (
            f"{HERE}/test_determinism.py",
            "tests/models/test_training.py::test_one_seed_gives_one_loss_string",
            "tests/studio/test_live.py::test_same_position_gives_the_same_bytes",
        ),
    ),
    Promise(
        17,
        "Nothing leaves the machine",
        "every tab is opened and used in a browser for which no other machine exists",
        "each tab usable, 0 requests to other hosts by the page or the studio",
        (f"{BROWSER}/test_offline.py",),
    ),
)

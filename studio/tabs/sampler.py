"""The Gaussian sampler: draw codes, dimension by dimension, and see what models make of them."""

from __future__ import annotations

import gradio as gr

from models.checkpoint import CheckpointConfig
from models.latent.parts import Parts
from studio.tabs.tab import House, Keys, Tab, card_of_model, open_in_page
from studio.widgets.sampler import SamplerPanel, SamplerView

__all__ = ["SAMPLER"]

NAME = "sampler"

LOOKING = """
A VAE turns noise into pictures: draw a code z, decode it. Every slider row is one dimension of the
code. Behind its slider, the grey band is where the training data lies (mean ± standard deviation),
the coloured band is what is drawn from, and the tick is the code that is looked at: the sample with
the frame. The line below a dimension's name is as long as it tells of an example.
"""
KEYS = (
    Keys("In the whole tab", (("R", "draws anew"), ("Ctrl+Z", "takes the last step back"))),
    Keys(
        "On the pictures",
        (
            ("Arrows", "choose a sample, or move in the plane"),
            ("Enter", "lets you edit its numbers, as a double click does"),
        ),
    ),
    Keys(
        "On the bars of z",
        (
            ("←, →", "choose a dimension"),
            ("↑, ↓", "change it; with Shift by a fifth of a step"),
        ),
    ),
)
TIPS = """
- **N(μ, σ²)** draws z = μ + σ ε with ε from N(0, I): move a μ to look elsewhere, a σ to look
  around.
- **prior N(0, I)** is what the KL term pulls the encoder towards; the further it falls short, the
  more of the prior lies where the decoder has never been.
- **exact z** draws nothing: every number is set by hand.
- **fitted** draws from Gaussians with full covariances, fitted afterwards to where the encoder puts
  the data.

**Begin** with the prior: that is what the model makes of noise. Move one μ at a time, the most
active first, to see what a dimension stands for. Set every σ to 0 and the samples become one
picture. Compare β 0.1, 1 and 10 with the same seed: a small β reconstructs sharply but leaves holes
between the codes, a large one fills the prior and blurs. Fit a mixture, and the holes are not
sampled any more.

**Radius.** In many dimensions nearly all draws of N(0, I) lie in a shell at √D from the origin,
although the density is highest at 0. A code far inside or outside of it is unlike any draw.

The address of the page is the sample: whoever opens it sees the same pictures.
"""


def _accepts(config: CheckpointConfig) -> bool:
    return len(config.model.shape) == 3 and not Parts.of(config.model).discrete


def _build(house: House) -> None:
    with gr.Row(elem_classes="stage"):
        with gr.Column(scale=8, min_width=320):
            SamplerView(scene=NAME, elem_id="sampler-view")
        with gr.Column(scale=5, min_width=300, elem_classes="controls"):
            SamplerPanel(scene=NAME, elem_id="sampler-panel")
    card_of_model(house, "sampler-card")
    open_in_page(house, "sampler/sampler.js", f"sampler('{NAME}')")


SAMPLER = Tab(
    name=NAME,
    title="Gaussian sampler",
    favourite="sampler-mnist-beta1",
    accepts=_accepts,
    build=_build,
    looking=LOOKING,
    keys=KEYS,
    tips=TIPS,
)

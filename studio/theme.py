"""One look for all tabs: fonts, colours, spacing, and the ten class colours."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from models.palette import CLASS_COLOURS

__all__ = ["CLASS_COLOURS", "styles", "theme"]

# The files of 500 and 600 that come with Gradio lack the Latin letters; 600 is drawn with 700's.
WEIGHTS = (400, 700)
STUDIO = Path(__file__).resolve().parent


def theme() -> gr.themes.Base:
    """Return the theme; its fonts come with Gradio, so that no other host is asked for any."""
    return gr.themes.Base(
        primary_hue=gr.themes.colors.cyan,
        neutral_hue=gr.themes.colors.slate,
        font=[
            gr.themes.LocalFont("IBM Plex Sans", WEIGHTS),
            "ui-sans-serif",
            "system-ui",
            "sans-serif",
        ],
        font_mono=[gr.themes.LocalFont("IBM Plex Mono", WEIGHTS), "ui-monospace", "monospace"],
        spacing_size="sm",
        radius_size="md",
        text_size="sm",
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="#0a0f1a",
        block_background_fill_dark="#101827",
        background_fill_primary_dark="#101827",
        background_fill_secondary_dark="#0d1422",
        body_text_color_subdued="*neutral_600",
        slider_color="*primary_600",
        block_border_width="0px",
        block_shadow="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_600",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
    )


def styles() -> str:
    """Return the style sheets of the studio and its widgets as one."""
    sheets = [STUDIO / "studio.css", *sorted((STUDIO / "widgets").glob("*/*.css"))]
    colours = "".join(f"--class-{i}: {colour};" for i, colour in enumerate(CLASS_COLOURS))
    return f":root {{ {colours} }}\n" + "\n".join(s.read_text(encoding="utf-8") for s in sheets)

"""Windows onto the science: one FastAPI app that mounts one Gradio app."""

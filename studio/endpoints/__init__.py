"""What a program can ask of the studio by name: a function or two for every tab.

Each is offered by Gradio to its own client, over plain HTTP, and, those that only read, to clients
of the Model Context Protocol (MCP). Nothing is computed here: every one asks what its tab asks.
"""

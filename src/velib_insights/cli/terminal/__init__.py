"""What a person sees: messages, progress, tables that fit the terminal, and results written to files.

Start at `messages` (standard error and standard output), then `output` (formats and files).
"""

"""What a publication consists of: one module per group of files below `site/data/`.

`build` says which files there are and what each depends on; `manifest` records what was built from what. Start there.
"""

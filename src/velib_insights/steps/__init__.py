"""What happens, in order: ingest, clean, catalog, kpi, publish. Each module is one step and reads as its sentence.

Steps get adapters passed in; they read no settings. Start with `ingest`, then `clean`.
"""

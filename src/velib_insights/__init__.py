"""From a bike-share's open feed to a history that can be trusted and figures that can be acted on.

The tour of the house is `steps/`: ingest, clean, catalog, kpi, publish. Importing the package imports none of it.
"""

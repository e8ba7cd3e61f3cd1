"""`python -m velib_insights` is `velib`."""

from velib_insights.cli import run

if __name__ == "__main__":
    run()

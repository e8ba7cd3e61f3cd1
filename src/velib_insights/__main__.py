"""`python -m velib_insights` is `velib`."""

from velib_insights.cli import main

if __name__ == "__main__":
    main()

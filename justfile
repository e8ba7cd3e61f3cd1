# The recipes of this project; CI runs the same ones. `just` lists them; each also works without just, as the line it runs.

set positional-arguments

_list:
    @just --list --unsorted

# Install everything that developers need: all groups, Spark included
setup:
    uv sync --all-groups

# Simulate two days of the network, show the KPI and the page
demo *args:
    uv run velib demo {{args}}

# The page and the API over a lake
serve *args:
    uv run velib serve {{args}}

# Everything that must hold: style, types, layers, generated docs, tests
check: lint
    uv run pytest -q

# Style, types, layers, generated docs
lint:
    uv run ruff check
    uv run ruff format --check
    uv run mypy
    uv run lint-imports --no-cache
    uv run python tools/reference.py --check
    uv run python tools/glue_tables.py --check
    uv run python tools/web_contract.py --check
    uv run python web/build.py --lint

# Mend what can be mended by machine
fix:
    uv run ruff check --fix
    uv run ruff format
    uv run python web/build.py --fix
    uv run python tools/reference.py
    uv run python tools/glue_tables.py
    uv run python tools/web_contract.py

# The tests; pass pytest's own arguments
test *args:
    uv run pytest {{args}}

# The fast tests with the lowest dependencies that are claimed, and on the newest Python here
compat *args:
    uv run python tools/compat.py {{args}}

# The benchmarks, with their peers
bench *args:
    uv run --group bench python benchmarks/run.py {{args}}

# Build what Terraform deploys on AWS into dist/aws
package *args:
    uv run --all-groups python tools/package_aws.py {{args}}

# Build what people install into dist/: source distribution and wheels
dist *args:
    uv run --group dist python tools/distribution.py {{args}}

# Write what is generated from the code: reference pages, tables for Terraform, types for the page
docs:
    uv run python tools/reference.py
    uv run python tools/glue_tables.py
    uv run python tools/web_contract.py

# What Terraform would change on AWS, and nothing is changed; pass its own arguments
plan *args:
    terraform -chdir=infra init -input=false
    terraform -chdir=infra plan {{args}}

# The README's pictures of the page, of simulated days
screenshots *args:
    uv run python web/screenshots.py {{args}}

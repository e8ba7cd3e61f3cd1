"""A stand-in for what tools/package_aws.py makes: the tests of the plan upload nothing."""

# terraform test -test-directory=tests/profiles -var-file=profiles/NAME.tfvars

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifacts_dir = "./tests/artifacts"
}

run "profile" {
  command = plan

  assert {
    condition     = length(aws_glue_job.clean) == 0 && length(aws_glue_crawler.clean) == 0 && length(module.publish) == 0
    error_message = "A profile leaves out what costs: job, crawler, publishing."
  }
  assert {
    condition     = contains(keys(aws_glue_catalog_table.projected), "source_velib")
    error_message = "Without a crawler the table is declared."
  }
}

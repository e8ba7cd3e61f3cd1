output "lake" {
  description = "The lake, for --lake or VELIB_LAKE."
  value       = "s3://${aws_s3_bucket.lake.bucket}"
}

output "region" {
  description = "The region, for AWS_REGION."
  value       = var.region
}

output "pipeline_arn" {
  description = "The state machine of a tick."
  value       = aws_sfn_state_machine.pipeline.arn
}

output "kpi_views_arn" {
  description = "The state machine that creates the views; start it by hand once source_velib exists."
  value       = aws_sfn_state_machine.kpi_views.arn
}

output "database" {
  description = "Where Athena finds tables and views."
  value       = aws_glue_catalog_database.velib.name
}

output "workgroup" {
  description = "The workgroup for queries."
  value       = aws_athena_workgroup.velib.name
}

output "prefixes" {
  description = "Prefixes in the bucket."
  value       = local.prefix
}

output "functions" {
  description = "The Lambda functions by what they do."
  value = merge(
    { ingest = module.ingest.function_name },
    local.with_glue_job ? {} : { clean = module.clean_function[0].function_name },
    var.publish ? { publish = module.publish[0].function_name } : {},
  )
}

output "clean_job" {
  description = "The Glue job, for cleaning a range again; null with clean_engine = \"lambda\"."
  value       = one(aws_glue_job.clean[*].name)
}

output "crawler" {
  description = "The crawler; null with catalog = \"projection\"."
  value       = one(aws_glue_crawler.clean[*].name)
}

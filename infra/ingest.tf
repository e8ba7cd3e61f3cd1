# Ingest: a function asks the feed once for a tick and stores the response, verbatim, under raw/.

module "ingest" {
  source = "./modules/function"

  name               = var.ingest_function_name
  description        = "Asks the feed for a tick and stores the response"
  zip                = "${var.artifacts_dir}/velib_ingest_lambda.zip"
  bucket             = aws_s3_bucket.lake.bucket
  key_prefix         = local.prefix.lambda
  handler            = "velib_insights.aws.ingest_lambda.handler"
  runtime            = local.manifest.lambda_runtime
  role_arn           = module.ingest_role.arn
  memory_mb          = 512
  timeout_s          = 240 # three feed files, a minute each at most, and time to store what came
  log_retention_days = var.log_retention_days

  # Without a key nothing of the environment is sensitive, and a plan shows it.
  environment = nonsensitive(var.feed_header == "") ? local.environment : merge(local.environment, { VELIB_FEED_HEADER = var.feed_header })
}

module "ingest_role" {
  source = "./modules/role"

  name               = var.ingest_function_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.trust.lambda
  policy_name        = "ingest"
  statements = [
    local.list_lake,
    {
      Sid      = "KeepRaw"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = ["${local.arn.bucket}/${local.prefix.raw}*", "${local.arn.bucket}/${local.network_key}"]
    },
    local.write_log[var.ingest_function_name],
  ]
}

# Publish: a function compacts the closed days and writes the site, page and data, under site/.

locals {
  publishes = var.publish ? 1 : 0
}

module "publish" {
  source = "./modules/function"
  count  = local.publishes

  name                 = var.publish_function_name
  description          = "Writes the site to the bucket"
  zip                  = "${var.artifacts_dir}/velib_publish_lambda.zip"
  bucket               = aws_s3_bucket.lake.bucket
  key_prefix           = local.prefix.lambda
  handler              = "velib_insights.aws.publish_lambda.handler"
  runtime              = local.manifest.lambda_runtime
  role_arn             = module.publish_role[0].arn
  memory_mb            = 2048
  timeout_s            = 600
  ephemeral_storage_mb = 1024 # copies of the hours that the engine reads
  environment          = local.environment
  log_retention_days   = var.log_retention_days
}

module "publish_role" {
  source = "./modules/role"
  count  = local.publishes

  name               = var.publish_function_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.trust.lambda
  policy_name        = "publish"
  statements = [
    local.list_lake,
    {
      Sid    = "ReadClean"
      Effect = "Allow"
      Action = "s3:GetObject"
      Resource = [
        "${local.arn.bucket}/${local.prefix.clean}*",
        "${local.arn.bucket}/${local.network_key}",
        "${local.arn.bucket}/${local.prefix.ticks}*",
        "${local.arn.bucket}/${local.prefix.quarantine}*",
        "${local.arn.bucket}/${local.prefix.zones}*",
      ]
    },
    {
      Sid      = "CompactDays"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.arn.bucket}/${local.prefix.history}*"
    },
    {
      # A table without a row of a month has no file.
      Sid      = "RollUpDays"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = "${local.arn.bucket}/${local.prefix.rollup}*"
    },
    {
      Sid      = "WriteSite"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      Resource = "${local.arn.bucket}/${local.prefix.site}*"
    },
    local.write_log[var.publish_function_name],
  ]
}

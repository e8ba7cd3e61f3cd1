# Clean: from the raw responses of an hour to its partition, by a Spark job on Glue or by a function.

locals {
  # In the order in which they can be installed.
  wheels = local.with_glue_job ? local.manifest.glue_wheels : []

  clean_rights = [
    local.list_lake,
    {
      # A closed day is read before it is removed: it may alone hold an hour whose raw has expired.
      Sid    = "ReadRaw"
      Effect = "Allow"
      Action = "s3:GetObject"
      Resource = [
        "${local.arn.bucket}/${local.network_key}",
        "${local.arn.bucket}/${local.prefix.raw}*",
        "${local.arn.bucket}/${local.prefix.zones}*",
        "${local.arn.bucket}/${local.prefix.history}*",
      ]
    },
    {
      Sid    = "WriteClean"
      Effect = "Allow"
      Action = ["s3:GetObject", "s3:PutObject"]
      Resource = [
        "${local.arn.bucket}/${local.prefix.clean}*",
        "${local.arn.bucket}/${local.prefix.ticks}*",
        "${local.arn.bucket}/${local.prefix.quarantine}*",
      ]
    },
    {
      # A partition without rows has no file, and a day that changes is compacted anew.
      Sid    = "RemoveOutdated"
      Effect = "Allow"
      Action = "s3:DeleteObject"
      Resource = [
        "${local.arn.bucket}/${local.prefix.clean}*",
        "${local.arn.bucket}/${local.prefix.quarantine}*",
        "${local.arn.bucket}/${local.prefix.history}*",
      ]
    },
  ]
}

module "clean_role" {
  source = "./modules/role"

  name               = local.with_glue_job ? var.clean_job_name : var.clean_function_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.with_glue_job ? local.trust.glue : local.trust.lambda
  policy_name        = "clean"
  statements = concat(
    local.clean_rights,
    [for statement in [
      {
        Sid      = "ReadJob"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = "${local.arn.bucket}/${local.prefix.scripts}*"
      },
      {
        Sid      = "UseTemporary"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.arn.bucket}/${local.prefix.glue_tmp}*"
      },
    ] : statement if local.with_glue_job],
    [
      {
        # Glue asks for a log group before it looks whether there is one.
        Sid    = "Log"
        Effect = "Allow"
        Action = concat(["logs:CreateLogStream", "logs:PutLogEvents"], local.with_glue_job ? ["logs:CreateLogGroup"] : [])
        Resource = concat(
          [for group in aws_cloudwatch_log_group.clean : "${local.arn.logs}:${group.name}:*"],
          [for group in aws_cloudwatch_log_group.clean : "${local.arn.logs}:${group.name}" if local.with_glue_job],
        )
      },
    ],
  )
}

resource "aws_cloudwatch_log_group" "clean" {
  for_each = toset(
    local.with_glue_job
    ? ["/aws-glue/${var.clean_job_name}/error", "/aws-glue/${var.clean_job_name}/output"]
    : ["/aws/lambda/${var.clean_function_name}"]
  )
  name              = each.value
  retention_in_days = var.log_retention_days
}

resource "aws_s3_object" "clean_script" {
  count       = local.with_glue_job ? 1 : 0
  bucket      = aws_s3_bucket.lake.bucket
  key         = "${local.prefix.scripts}velib_clean_job.py"
  source      = "${var.artifacts_dir}/velib_clean_job.py"
  source_hash = filemd5("${var.artifacts_dir}/velib_clean_job.py")
}

resource "aws_s3_object" "clean_wheel" {
  for_each    = toset(local.wheels)
  bucket      = aws_s3_bucket.lake.bucket
  key         = "${local.prefix.scripts}${each.value}"
  source      = "${var.artifacts_dir}/${each.value}"
  source_hash = filemd5("${var.artifacts_dir}/${each.value}")
}

resource "aws_glue_job" "clean" {
  count             = local.with_glue_job ? 1 : 0
  name              = var.clean_job_name
  description       = "Makes the partition of each hour from its raw responses"
  role_arn          = module.clean_role.arn
  glue_version      = "5.1"
  worker_type       = "G.1X"
  number_of_workers = var.clean_workers
  max_retries       = 0 # the next run makes up for this one; the state machine retries what passes
  timeout           = 30

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${aws_s3_object.clean_script[0].bucket}/${aws_s3_object.clean_script[0].key}"
  }

  # Two runs that clean the same hour at once could each overwrite the other with an older state of it.
  execution_property {
    max_concurrent_runs = 1
  }

  default_arguments = merge(
    {
      "--lake"                            = "s3://${var.bucket_name}"
      "--source"                          = var.network
      "--s3-region"                       = var.region
      "--TempDir"                         = "s3://${var.bucket_name}/${local.prefix.glue_tmp}"
      "--custom-logGroup-prefix"          = "/aws-glue/${var.clean_job_name}"
      "--job-bookmark-option"             = "job-bookmark-disable"
      "--enable-job-insights"             = "false"
      "--additional-python-modules"       = join(",", [for wheel in local.wheels : "s3://${var.bucket_name}/${aws_s3_object.clean_wheel[wheel].key}"])
      "--python-modules-installer-option" = "--no-deps --no-index" # the wheels are complete, and PyPI is not asked
    },
    contains(keys(var.settings), "VELIB_S3_ENDPOINT") ? { "--s3-endpoint" = var.settings["VELIB_S3_ENDPOINT"] } : {},
  )

  depends_on = [aws_cloudwatch_log_group.clean]
}

module "clean_function" {
  source = "./modules/function"
  count  = local.with_glue_job ? 0 : 1

  name               = var.clean_function_name
  description        = "Makes the partition of each hour from its raw responses"
  zip                = "${var.artifacts_dir}/velib_clean_lambda.zip"
  bucket             = aws_s3_bucket.lake.bucket
  key_prefix         = local.prefix.lambda
  handler            = "velib_insights.aws.clean_lambda.handler"
  runtime            = local.manifest.lambda_runtime
  role_arn           = module.clean_role.arn
  memory_mb          = 1024
  timeout_s          = 300
  environment        = local.environment
  create_log_group   = false # the job or the function: their log groups are above
  log_retention_days = var.log_retention_days

  depends_on = [aws_cloudwatch_log_group.clean]
}

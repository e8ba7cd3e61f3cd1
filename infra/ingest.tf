# Ingest: a function asks the feed once for a tick and keeps what it answers, verbatim, under raw/.

resource "aws_s3_object" "ingest_code" {
  bucket      = aws_s3_bucket.lake.bucket
  key         = "${local.prefix.lambda}${var.ingest_function_name}.zip"
  source      = "${var.artifacts_dir}/velib_ingest_lambda.zip"
  source_hash = filemd5("${var.artifacts_dir}/velib_ingest_lambda.zip")
}

resource "aws_lambda_function" "ingest" {
  function_name    = var.ingest_function_name
  description      = "Asks the feed for a tick and keeps what it answers"
  role             = local.makes_roles ? aws_iam_role.ingest[0].arn : local.existing_role
  runtime          = local.manifest.lambda_runtime
  architectures    = ["x86_64"]
  handler          = "velib_insights.aws.ingest_lambda.handler"
  s3_bucket        = aws_s3_object.ingest_code.bucket
  s3_key           = aws_s3_object.ingest_code.key
  source_code_hash = filebase64sha256("${var.artifacts_dir}/velib_ingest_lambda.zip")
  memory_size      = 512
  timeout          = 240 # three feed files, a minute each at most, and time to keep what came

  environment {
    # Without a key nothing of the environment is sensitive, and a plan shows it.
    variables = nonsensitive(var.feed_header == "") ? local.environment : merge(local.environment, { VELIB_FEED_HEADER = var.feed_header })
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.ingest.name
  }

  depends_on = [aws_iam_role_policy.ingest]
}

resource "aws_cloudwatch_log_group" "ingest" {
  name              = "/aws/lambda/${var.ingest_function_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "ingest" {
  count              = local.makes_roles ? 1 : 0
  name               = var.ingest_function_name
  assume_role_policy = local.trust.lambda
}

resource "aws_iam_role_policy" "ingest" {
  count = local.makes_roles ? 1 : 0
  name  = "ingest"
  role  = aws_iam_role.ingest[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.lists_the_lake,
      {
        Sid      = "KeepRaw"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${local.arn.bucket}/${local.prefix.raw}*", "${local.arn.bucket}/${local.network_key}"]
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn.logs}:${aws_cloudwatch_log_group.ingest.name}:*"
      },
    ]
  })
}

locals {
  # Lambda assumes the role for the functions of this account; it sends no aws:SourceAccount when it does so.
  trust = {
    for service in ["lambda", "glue", "states", "scheduler", "events"] : service => jsonencode({
      Version = "2012-10-17"
      Statement = [
        merge(
          {
            Effect    = "Allow"
            Principal = { Service = "${service}.amazonaws.com" }
            Action    = "sts:AssumeRole"
          },
          { for key, value in { Condition = local.of_this_account } : key => value if contains(["states", "scheduler"], service) },
        ),
      ]
    })
  }

  # Without the right to list, S3 answers 403 and not 404 for an object that is not there; and it asks for that
  # right without a prefix, so a condition on the prefix would take it away.
  lists_the_lake = {
    Sid      = "ListLake"
    Effect   = "Allow"
    Action   = "s3:ListBucket"
    Resource = local.arn.bucket
  }
}

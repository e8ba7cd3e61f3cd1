# Publish: a function compacts the closed days and writes the site, page and data, under site/.

locals {
  publishes = var.publish ? 1 : 0
}

resource "aws_s3_object" "publish_code" {
  count       = local.publishes
  bucket      = aws_s3_bucket.lake.bucket
  key         = "${local.prefix.lambda}${var.publish_function_name}.zip"
  source      = "${var.artifacts_dir}/velib_publish_lambda.zip"
  source_hash = filemd5("${var.artifacts_dir}/velib_publish_lambda.zip")
}

resource "aws_lambda_function" "publish" {
  count            = local.publishes
  function_name    = var.publish_function_name
  description      = "Writes the site to the bucket"
  role             = local.makes_roles ? aws_iam_role.publish[0].arn : local.existing_role
  runtime          = local.manifest.lambda_runtime
  architectures    = ["x86_64"]
  handler          = "velib_insights.aws.publish_lambda.handler"
  s3_bucket        = aws_s3_object.publish_code[0].bucket
  s3_key           = aws_s3_object.publish_code[0].key
  source_code_hash = filebase64sha256("${var.artifacts_dir}/velib_publish_lambda.zip")
  memory_size      = 2048
  timeout          = 600

  ephemeral_storage {
    size = 1024 # copies of the hours that the engine reads
  }

  environment {
    variables = local.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.publish[0].name
  }

  depends_on = [aws_iam_role_policy.publish]
}

resource "aws_cloudwatch_log_group" "publish" {
  count             = local.publishes
  name              = "/aws/lambda/${var.publish_function_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "publish" {
  count              = local.makes_roles ? local.publishes : 0
  name               = var.publish_function_name
  assume_role_policy = local.trust.lambda
}

resource "aws_iam_role_policy" "publish" {
  count = local.makes_roles ? local.publishes : 0
  name  = "publish"
  role  = aws_iam_role.publish[0].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      local.lists_the_lake,
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
        Sid      = "WriteSite"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
        Resource = "${local.arn.bucket}/${local.prefix.site}*"
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn.logs}:${aws_cloudwatch_log_group.publish[0].name}:*"
      },
    ]
  })
}

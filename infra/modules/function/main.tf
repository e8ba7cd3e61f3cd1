# A Lambda function from a zip of `tools/package_aws.py`: its code in the bucket, its log group and itself.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

locals {
  log_group = "/aws/lambda/${var.name}"
}

resource "aws_s3_object" "code" {
  bucket      = var.bucket
  key         = "${var.key_prefix}${var.name}.zip"
  source      = var.zip
  source_hash = filemd5(var.zip)
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = var.description
  role             = var.role_arn
  runtime          = var.runtime
  architectures    = ["x86_64"]
  handler          = var.handler
  s3_bucket        = aws_s3_object.code.bucket
  s3_key           = aws_s3_object.code.key
  source_code_hash = filebase64sha256(var.zip)
  memory_size      = var.memory_mb
  timeout          = var.timeout_s

  dynamic "ephemeral_storage" {
    for_each = var.ephemeral_storage_mb == null ? [] : [var.ephemeral_storage_mb]
    content {
      size = ephemeral_storage.value
    }
  }

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = "Text"
    log_group  = local.log_group
  }

  depends_on = [aws_cloudwatch_log_group.this]
}

resource "aws_cloudwatch_log_group" "this" {
  count             = var.create_log_group ? 1 : 0
  name              = local.log_group
  retention_in_days = var.log_retention_days
}

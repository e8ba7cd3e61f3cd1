# The lake: one bucket, private, encrypted, over TLS only.

locals {
  # The lake's keys (docs/reference/lake.md) and what AWS alone puts beside them.
  network_key = "network.json"
  prefix = {
    raw        = "raw/source=${var.network}/"
    clean      = "clean/source=${var.network}/"
    ticks      = "clean/ticks/"
    quarantine = "quarantine/source=${var.network}/"
    history    = "history/source=${var.network}/"
    rollup     = "rollup/"
    zones      = "reference/zones/"
    site       = "site/"
    scripts    = "glue/scripts/"
    glue_tmp   = "glue/tmp/"
    lambda     = "lambda/"
    results    = "athena-results/"
  }
}

resource "aws_s3_bucket" "lake" {
  bucket        = var.bucket_name
  force_destroy = var.delete_data_on_destroy
}

resource "aws_s3_bucket_public_access_block" "lake" {
  bucket                  = aws_s3_bucket.lake.bucket
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "lake" {
  bucket = aws_s3_bucket.lake.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "lake" {
  bucket = aws_s3_bucket.lake.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "lake" {
  bucket = aws_s3_bucket.lake.bucket
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [local.arn.bucket, "${local.arn.bucket}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })

  depends_on = [aws_s3_bucket_public_access_block.lake]
}

resource "aws_s3_bucket_lifecycle_configuration" "lake" {
  bucket = aws_s3_bucket.lake.bucket

  dynamic "rule" {
    for_each = {
      for name, days in {
        raw      = { prefix = local.prefix.raw, days = var.raw_retention_days }
        results  = { prefix = local.prefix.results, days = var.results_retention_days }
        glue_tmp = { prefix = local.prefix.glue_tmp, days = var.tmp_retention_days }
      } : name => days if days.days > 0
    }

    content {
      id     = "expire_${rule.key}"
      status = "Enabled"

      filter {
        prefix = rule.value.prefix
      }

      expiration {
        days = rule.value.days
      }
    }
  }

  rule {
    id     = "abort_uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}

# Catalog: where Athena finds the tables. Columns come from glue_tables.json, which tools/glue_tables.py writes from
# the product's own catalogue.

locals {
  tables = jsondecode(file("${path.module}/glue_tables.json"))

  declared_tables = {
    for name, table in local.tables : name => merge(table, {
      location = "s3://${var.bucket_name}/${replace(table.tier, "{source}", var.network)}/"
    }) if name != "source_velib" || !local.with_crawler
  }
}

resource "aws_glue_catalog_database" "velib" {
  name        = var.database_name
  description = "What was seen at every station at every tick, and the KPI views"
}

# Athena works the partitions out from their pattern, so that a new hour is there as soon as its file is.
resource "aws_glue_catalog_table" "projected" {
  for_each      = local.declared_tables
  name          = each.key
  database_name = aws_glue_catalog_database.velib.name
  description   = each.value.about
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    "classification"                = "parquet"
    "EXTERNAL"                      = "TRUE"
    "projection.enabled"            = "true"
    "projection.date.type"          = "date"
    "projection.date.format"        = "yyyy-MM-dd"
    "projection.date.range"         = "${var.first_date},NOW"
    "projection.date.interval"      = "1"
    "projection.date.interval.unit" = "DAYS"
    "projection.hour.type"          = "integer"
    "projection.hour.range"         = "0,23"
    "projection.hour.digits"        = "2"
    "storage.location.template"     = "${each.value.location}date=$${date}/hour=$${hour}/"
  }

  dynamic "partition_keys" {
    for_each = each.value.partitions

    content {
      name    = partition_keys.value.name
      type    = partition_keys.value.type
      comment = partition_keys.value.about
    }
  }

  storage_descriptor {
    location      = each.value.location
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      parameters            = { "serialization.format" = "1" }
    }

    dynamic "columns" {
      for_each = each.value.columns

      content {
        name    = columns.value.name
        type    = columns.value.type
        comment = columns.value.about
      }
    }
  }
}

# The table takes its name from the folder: clean/source=velib/ becomes source_velib.
resource "aws_glue_crawler" "clean" {
  count         = local.with_crawler ? 1 : 0
  name          = var.crawler_name
  description   = "Makes source_velib of the cleaned hours and finds new ones"
  role          = module.crawler_role[0].arn
  database_name = aws_glue_catalog_database.velib.name

  s3_target {
    path = "s3://${aws_s3_bucket.lake.bucket}/${local.prefix.clean}"
  }

  # Hours that are known keep their schema, so that a crawl looks at the new folders alone and stays short.
  recrawl_policy {
    recrawl_behavior = "CRAWL_NEW_FOLDERS_ONLY"
  }

  schema_change_policy {
    update_behavior = "LOG"
    delete_behavior = "LOG"
  }

  configuration = jsonencode({
    Version       = 1.0
    Grouping      = { TableGroupingPolicy = "CombineCompatibleSchemas" }
    CrawlerOutput = { Partitions = { AddOrUpdateBehavior = "InheritFromTable" } }
  })
}

module "crawler_role" {
  source = "./modules/role"
  count  = local.with_crawler ? 1 : 0

  name               = var.crawler_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.trust.glue
  policy_name        = "crawl"
  statements = [
    merge(local.list_lake, { Action = ["s3:ListBucket", "s3:GetBucketLocation"] }),
    {
      Sid      = "ReadClean"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.arn.bucket}/${local.prefix.clean}*"
    },
    {
      Sid    = "KeepTable"
      Effect = "Allow"
      Action = [
        "glue:GetDatabase",
        "glue:GetTable",
        "glue:GetTables",
        "glue:CreateTable",
        "glue:UpdateTable",
        "glue:GetPartition",
        "glue:GetPartitions",
        "glue:BatchGetPartition",
        "glue:CreatePartition",
        "glue:BatchCreatePartition",
        "glue:UpdatePartition",
      ]
      Resource = [local.arn.catalog, local.arn.database, "${local.arn.table}/*"]
    },
    {
      # Crawlers share this log group, which Glue makes where it is not there.
      Sid      = "Log"
      Effect   = "Allow"
      Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${local.arn.logs}:/aws-glue/crawlers", "${local.arn.logs}:/aws-glue/crawlers:*"]
    },
  ]
}

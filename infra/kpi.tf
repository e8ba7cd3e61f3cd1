# KPI: an Athena workgroup, and a state machine that makes every view from the product's own SQL files.

resource "aws_athena_workgroup" "velib" {
  name          = var.workgroup_name
  description   = "Questions to the lake, with a limit on what one may scan"
  force_destroy = true # of the history of queries, which is no data of ours

  configuration {
    enforce_workgroup_configuration    = true
    publish_cloudwatch_metrics_enabled = true
    bytes_scanned_cutoff_per_query     = var.bytes_scanned_limit

    engine_version {
      selected_engine_version = "Athena engine version 3"
    }

    result_configuration {
      output_location = "s3://${aws_s3_bucket.lake.bucket}/${local.prefix.results}"

      encryption_configuration {
        encryption_option = "SSE_S3"
      }
    }
  }
}

locals {
  sql_folder = "${path.module}/../src/velib_insights/sql"
  view_sql = {
    for path in fileset(local.sql_folder, "{base,kpi}/**/*.sql") :
    trimsuffix(basename(path), ".sql") => file("${local.sql_folder}/${path}")
  }
  view_reads = {
    for name, sql in local.view_sql :
    name => setsubtract([for read in split(",", regex("(?m)^-- reads: (.+)$", sql)[0]) : trimspace(read)], keys(local.tables))
  }

  # A view can be made when all that it reads is there. Each round takes the views that only read earlier rounds.
  round_1 = [for name, reads in local.view_reads : name if length(reads) == 0]
  round_2 = [for name, reads in local.view_reads : name if !contains(local.upto_1, name) && length(setsubtract(reads, local.upto_1)) == 0]
  round_3 = [for name, reads in local.view_reads : name if !contains(local.upto_2, name) && length(setsubtract(reads, local.upto_2)) == 0]
  round_4 = [for name, reads in local.view_reads : name if !contains(local.upto_3, name) && length(setsubtract(reads, local.upto_3)) == 0]
  round_5 = [for name, reads in local.view_reads : name if !contains(local.upto_4, name) && length(setsubtract(reads, local.upto_4)) == 0]
  round_6 = [for name, reads in local.view_reads : name if !contains(local.upto_5, name) && length(setsubtract(reads, local.upto_5)) == 0]
  round_7 = [for name, reads in local.view_reads : name if !contains(local.upto_6, name) && length(setsubtract(reads, local.upto_6)) == 0]
  round_8 = [for name, reads in local.view_reads : name if !contains(local.upto_7, name) && length(setsubtract(reads, local.upto_7)) == 0]

  upto_1 = local.round_1
  upto_2 = concat(local.upto_1, local.round_2)
  upto_3 = concat(local.upto_2, local.round_3)
  upto_4 = concat(local.upto_3, local.round_4)
  upto_5 = concat(local.upto_4, local.round_5)
  upto_6 = concat(local.upto_5, local.round_6)
  upto_7 = concat(local.upto_6, local.round_7)

  view_rounds = [
    for round in [local.round_1, local.round_2, local.round_3, local.round_4, local.round_5, local.round_6, local.round_7, local.round_8] :
    round if length(round) > 0
  ]
  views_not_placed = setsubtract(keys(local.view_sql), flatten(local.view_rounds))
}

resource "aws_sfn_state_machine" "kpi_views" {
  name     = var.kpi_views_name
  role_arn = module.kpi_views_role.arn
  definition = templatefile("${path.module}/definitions/velib_kpi_views.asl.json.tftpl", {
    rounds    = local.view_rounds
    sql       = local.view_sql
    database  = var.database_name
    workgroup = var.workgroup_name
  })

  logging_configuration {
    level                  = var.log_executions ? "ERROR" : "OFF"
    include_execution_data = var.log_executions
    log_destination        = var.log_executions ? "${local.arn.logs}:${aws_cloudwatch_log_group.kpi_views.name}:*" : null
  }

  lifecycle {
    precondition {
      condition     = length(local.views_not_placed) == 0
      error_message = "No order to make these views in: ${join(", ", local.views_not_placed)}. They read each other in a circle, read what is not there, or stand on more than seven others."
    }
  }
}

resource "aws_cloudwatch_log_group" "kpi_views" {
  name              = "/aws/vendedlogs/states/${var.kpi_views_name}"
  retention_in_days = var.log_retention_days
}

module "kpi_views_role" {
  source = "./modules/role"

  name               = var.kpi_views_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.trust.states
  policy_name        = "kpi-views"
  statements = concat([
    {
      Sid      = "AskAthena"
      Effect   = "Allow"
      Action   = ["athena:StartQueryExecution", "athena:GetQueryExecution", "athena:StopQueryExecution"]
      Resource = local.arn.workgroup
    },
    {
      Sid      = "FindCatalog"
      Effect   = "Allow"
      Action   = "athena:GetDataCatalog"
      Resource = local.arn.data_catalog
    },
    {
      # Athena looks at the database `default` too, whatever database a query names, and makes it where there is none.
      Sid      = "FindDefaultDatabase"
      Effect   = "Allow"
      Action   = ["glue:GetDatabase", "glue:GetDatabases", "glue:CreateDatabase"]
      Resource = [local.arn.catalog, local.arn.default_database]
    },
    {
      Sid      = "MakeViews"
      Effect   = "Allow"
      Action   = ["glue:GetDatabase", "glue:GetTable", "glue:GetTables", "glue:CreateTable", "glue:UpdateTable"]
      Resource = [local.arn.catalog, local.arn.database, "${local.arn.table}/*"]
    },
    {
      Sid      = "FindResults"
      Effect   = "Allow"
      Action   = ["s3:GetBucketLocation", "s3:ListBucket"]
      Resource = local.arn.bucket
    },
    {
      Sid      = "WriteResults"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${local.arn.bucket}/${local.prefix.results}*"
    },
  ], [for statement in [local.deliver_logs] : statement if var.log_executions])
}

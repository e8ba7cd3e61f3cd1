# The pipeline on AWS. The files read as the data flows: storage, ingest, clean, catalog, kpi, publish, orchestration,
# monitoring. Every name is a variable; the roles of the components are beside what they serve.

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project = var.project
      owner   = var.owner
      course  = var.course
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

# A student lab lets nobody make a role, and has one that every service may use.
data "aws_iam_role" "existing" {
  count = var.existing_role_name == "" ? 0 : 1
  name  = var.existing_role_name
}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition

  create_roles  = var.existing_role_name == ""
  existing_role = local.create_roles ? "" : data.aws_iam_role.existing[0].arn

  # A service may use a role only on behalf of this account: another account cannot make it act for itself.
  of_this_account = { StringEquals = { "aws:SourceAccount" = local.account } }

  # What is named is known before it is made, so that a plan shows every policy whole.
  arn = {
    bucket           = "arn:${local.partition}:s3:::${var.bucket_name}"
    ingest           = "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${var.ingest_function_name}"
    clean            = "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${var.clean_function_name}"
    publish          = "arn:${local.partition}:lambda:${var.region}:${local.account}:function:${var.publish_function_name}"
    clean_job        = "arn:${local.partition}:glue:${var.region}:${local.account}:job/${var.clean_job_name}"
    crawler          = "arn:${local.partition}:glue:${var.region}:${local.account}:crawler/${var.crawler_name}"
    catalog          = "arn:${local.partition}:glue:${var.region}:${local.account}:catalog"
    database         = "arn:${local.partition}:glue:${var.region}:${local.account}:database/${var.database_name}"
    table            = "arn:${local.partition}:glue:${var.region}:${local.account}:table/${var.database_name}"
    data_catalog     = "arn:${local.partition}:athena:${var.region}:${local.account}:datacatalog/AwsDataCatalog"
    default_database = "arn:${local.partition}:glue:${var.region}:${local.account}:database/default"
    workgroup        = "arn:${local.partition}:athena:${var.region}:${local.account}:workgroup/${var.workgroup_name}"
    pipeline         = "arn:${local.partition}:states:${var.region}:${local.account}:stateMachine:${var.pipeline_name}"
    kpi_views        = "arn:${local.partition}:states:${var.region}:${local.account}:stateMachine:${var.kpi_views_name}"
    logs             = "arn:${local.partition}:logs:${var.region}:${local.account}:log-group"
  }

  with_glue_job = var.clean_engine == "glue"
  with_crawler  = var.catalog == "crawler"

  # What `tools/package_aws.py` says of what it made: the Lambda runtime that its libraries were chosen for.
  manifest = jsondecode(file("${var.artifacts_dir}/manifest.json"))

  # The product's own settings, the same for every function.
  environment = merge(
    {
      VELIB_LAKE     = "s3://${var.bucket_name}"
      VELIB_SOURCE   = var.network
      VELIB_FEED     = var.feed
      VELIB_CADENCE  = tostring(var.cadence)
      VELIB_TIMEZONE = var.timezone
      VELIB_PROJECT  = var.project
      XDG_CACHE_HOME = "/tmp/cache"
    },
    var.settings,
  )
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
  list_lake = {
    Sid      = "ListLake"
    Effect   = "Allow"
    Action   = "s3:ListBucket"
    Resource = local.arn.bucket
  }

  # What each function may write to its own log group.
  write_log = {
    for name in [var.ingest_function_name, var.clean_function_name, var.publish_function_name] : name => {
      Sid      = "Log"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = "${local.arn.logs}:/aws/lambda/${name}:*"
    }
  }

  # The actions by which a state machine hands its logs over know no resource: AWS grants them on * or not at all.
  deliver_logs = {
    Sid    = "DeliverLogs"
    Effect = "Allow"
    Action = [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
    ]
    Resource = "*"
  }
}

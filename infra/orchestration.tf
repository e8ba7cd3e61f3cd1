# Orchestration: a schedule starts the state machine of a tick, and says which tick.

resource "aws_sfn_state_machine" "pipeline" {
  name     = var.pipeline_name
  role_arn = module.pipeline_role.arn
  definition = templatefile("${path.module}/definitions/velib_pipeline.asl.json.tftpl", {
    ingest_function  = local.arn.ingest
    clean_function   = local.with_glue_job ? "" : local.arn.clean
    clean_job        = local.with_glue_job ? var.clean_job_name : ""
    crawler          = local.with_crawler ? var.crawler_name : ""
    publish_function = var.publish ? local.arn.publish : ""
    settle_seconds   = var.settle_seconds
  })

  logging_configuration {
    level                  = var.log_executions ? "ERROR" : "OFF"
    include_execution_data = var.log_executions
    log_destination        = var.log_executions ? "${local.arn.logs}:${aws_cloudwatch_log_group.pipeline.name}:*" : null
  }

  depends_on = [
    module.ingest,
    module.clean_function,
    module.publish,
    aws_glue_job.clean,
    aws_glue_crawler.clean,
  ]
}

resource "aws_cloudwatch_log_group" "pipeline" {
  name              = "/aws/vendedlogs/states/${var.pipeline_name}"
  retention_in_days = var.log_retention_days
}

module "pipeline_role" {
  source = "./modules/role"

  name               = var.pipeline_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = local.trust.states
  policy_name        = "pipeline"
  statements = concat(
    [
      {
        Sid    = "CallFunctions"
        Effect = "Allow"
        Action = "lambda:InvokeFunction"
        Resource = concat(
          [local.arn.ingest],
          local.with_glue_job ? [] : [local.arn.clean],
          var.publish ? [local.arn.publish] : [],
        )
      },
    ],
    [for statement in [
      {
        Sid      = "RunJob"
        Effect   = "Allow"
        Action   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
        Resource = local.arn.clean_job
      },
    ] : statement if local.with_glue_job],
    [for statement in [
      {
        Sid      = "Crawl"
        Effect   = "Allow"
        Action   = ["glue:StartCrawler", "glue:GetCrawler"]
        Resource = local.arn.crawler
      },
    ] : statement if local.with_crawler],
    [for statement in [local.deliver_logs] : statement if var.log_executions],
  )
}

locals {
  # At the same minutes of every hour, as ticks are: a rate would count from when the schedule was made.
  cron = var.cadence == 60 ? "cron(0 * * * ? *)" : "cron(0/${var.cadence} * * * ? *)"
}

resource "aws_scheduler_schedule" "pipeline" {
  count               = var.schedule_kind == "scheduler" ? 1 : 0
  name                = var.schedule_name
  description         = "Starts ${var.pipeline_name} for each tick"
  schedule_expression = local.cron
  state               = var.schedule_enabled ? "ENABLED" : "DISABLED"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.pipeline.arn
    role_arn = module.schedule_role.arn
    input    = "{\"tick\": \"<aws.scheduler.scheduled-time>\"}"

    # A run that cannot be started before the next one is due is not worth starting.
    retry_policy {
      maximum_event_age_in_seconds = max(60, var.cadence * 60)
      maximum_retry_attempts       = 3
    }
  }
}

resource "aws_cloudwatch_event_rule" "pipeline" {
  count               = var.schedule_kind == "rule" ? 1 : 0
  name                = var.schedule_name
  description         = "Starts ${var.pipeline_name} for each tick"
  schedule_expression = local.cron
  state               = var.schedule_enabled ? "ENABLED" : "DISABLED"
}

resource "aws_cloudwatch_event_target" "pipeline" {
  count    = var.schedule_kind == "rule" ? 1 : 0
  rule     = aws_cloudwatch_event_rule.pipeline[0].name
  arn      = aws_sfn_state_machine.pipeline.arn
  role_arn = module.schedule_role.arn

  input_transformer {
    input_paths    = { time = "$.time" }
    input_template = "{\"tick\": <time>}"
  }

  retry_policy {
    maximum_event_age_in_seconds = max(60, var.cadence * 60)
    maximum_retry_attempts       = 3
  }
}

module "schedule_role" {
  source = "./modules/role"

  name               = var.schedule_name
  create             = local.create_roles
  existing_arn       = local.existing_role
  assume_role_policy = var.schedule_kind == "rule" ? local.trust.events : local.trust.scheduler
  policy_name        = "start-pipeline"
  statements = [
    {
      Sid      = "StartPipeline"
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = local.arn.pipeline
    },
  ]
}

# Monitoring: what is wrong with the pipeline is told once, by mail where an address is given.

resource "aws_sns_topic" "alarms" {
  count = var.alarm_email == "" ? 0 : 1
  name  = "${var.project}-alarms"
}

resource "aws_sns_topic_policy" "alarms" {
  count = var.alarm_email == "" ? 0 : 1
  arn   = aws_sns_topic.alarms[0].arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = aws_sns_topic.alarms[0].arn
        Condition = local.of_this_account
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "alarms" {
  count     = var.alarm_email == "" ? 0 : 1
  topic_arn = aws_sns_topic.alarms[0].arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  alarm_actions = [for topic in aws_sns_topic.alarms : topic.arn]
}

resource "aws_cloudwatch_metric_alarm" "pipeline_failed" {
  alarm_name          = "${var.project}-pipeline-failed"
  alarm_description   = "A run of ${var.pipeline_name} failed or took too long. What to do: docs/how-to/aws-alarms.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "unsuccessful"
    label       = "Runs that failed, took too long or were stopped"
    expression  = "SUM([failed, timed_out, aborted])" # a plain + has no value where one of them has none
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { failed = "ExecutionsFailed", timed_out = "ExecutionsTimedOut", aborted = "ExecutionsAborted" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/States"
        metric_name = metric_query.value
        dimensions  = { StateMachineArn = aws_sfn_state_machine.pipeline.arn }
        period      = 300
        stat        = "Sum"
      }
    }
  }
}

# Counts what was seen and not what was run, so that it also tells of a schedule that does not start anything.
resource "aws_cloudwatch_metric_alarm" "no_fresh_tick" {
  alarm_name          = "${var.project}-no-fresh-tick"
  alarm_description   = "No usable tick for ${var.stale_after_minutes} minutes. What to do: docs/how-to/aws-alarms.md"
  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = var.stale_after_minutes / 5
  datapoints_to_alarm = var.stale_after_minutes / 5
  treat_missing_data  = "breaching"
  actions_enabled     = var.schedule_enabled
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "usable"
    label       = "Usable ticks"
    expression  = "FILL(ticks, 0)"
    return_data = true
  }

  metric_query {
    id = "ticks"

    metric {
      namespace   = "VelibInsights"
      metric_name = "UsableTicks"
      dimensions  = { Project = var.project }
      period      = 300
      stat        = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "refused_rows" {
  alarm_name          = "${var.project}-refused-rows"
  alarm_description   = "More than ${var.refused_percent} % of the rows of an hour were refused. What to do: docs/how-to/aws-alarms.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.refused_percent
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = local.alarm_actions
  ok_actions          = local.alarm_actions

  metric_query {
    id          = "refused_percent"
    label       = "Refused rows, percent"
    expression  = "IF(seen > 0, 100 * refused / seen, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { seen = "RowsSeen", refused = "RowsRefused" }

    content {
      id = metric_query.key

      metric {
        namespace   = "VelibInsights"
        metric_name = metric_query.value
        dimensions  = { Project = var.project }
        period      = 3600
        stat        = "Sum"
      }
    }
  }
}

# The names that the client gave, the tags, and what each setting makes.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifacts_dir = "./tests/artifacts"
}

run "default" {
  command = plan

  assert {
    condition     = aws_s3_bucket.lake.bucket == "velib-insights-naw-seu-2326"
    error_message = "The bucket is velib-insights-naw-seu-2326."
  }
  assert {
    condition     = module.ingest.function_name == "velib_ingest_lambda"
    error_message = "The ingest function is velib_ingest_lambda."
  }
  assert {
    condition     = module.ingest.runtime == "python3.13"
    error_message = "The runtime is the one that the package was made for."
  }
  assert {
    condition     = aws_scheduler_schedule.pipeline[0].name == "velib_pipeline_schedule" && aws_scheduler_schedule.pipeline[0].schedule_expression == "cron(0/15 * * * ? *)"
    error_message = "The schedule is velib_pipeline_schedule, every 15 minutes on the quarter."
  }
  assert {
    condition     = jsondecode(aws_scheduler_schedule.pipeline[0].target[0].input).tick == "<aws.scheduler.scheduled-time>"
    error_message = "The tick of a run is its scheduled time."
  }
  assert {
    condition     = strcontains(aws_scheduler_schedule.pipeline[0].target[0].input, "<aws.scheduler.scheduled-time>")
    error_message = "The scheduler looks for its marks in the text, where an escaped < would not be found."
  }
  assert {
    condition     = aws_sfn_state_machine.pipeline.name == "velib_pipeline" && aws_sfn_state_machine.kpi_views.name == "velib_kpi_views"
    error_message = "The state machines are velib_pipeline and velib_kpi_views."
  }
  assert {
    condition     = aws_glue_catalog_database.velib.name == "velib_db_tf"
    error_message = "The database is velib_db_tf."
  }
  assert {
    condition     = aws_glue_job.clean[0].name == "velib_clean_job" && aws_glue_job.clean[0].glue_version == "5.1" && aws_glue_job.clean[0].worker_type == "G.1X" && aws_glue_job.clean[0].number_of_workers == 2
    error_message = "The job is velib_clean_job, Glue 5.1, two workers of the smallest kind."
  }
  assert {
    condition     = aws_glue_job.clean[0].command[0].script_location == "s3://velib-insights-naw-seu-2326/glue/scripts/velib_clean_job.py" && aws_glue_job.clean[0].default_arguments["--TempDir"] == "s3://velib-insights-naw-seu-2326/glue/tmp/"
    error_message = "The job's script is under glue/scripts/, its temporary files under glue/tmp/."
  }
  assert {
    condition     = aws_glue_job.clean[0].default_arguments["--additional-python-modules"] == "s3://velib-insights-naw-seu-2326/glue/scripts/wheels/other-0-py3-none-any.whl,s3://velib-insights-naw-seu-2326/glue/scripts/wheels/velib_insights-0-py3-none-any.whl"
    error_message = "The job installs the wheels in the order of the manifest."
  }
  assert {
    condition     = aws_glue_crawler.clean[0].name == "velib_clean_crawler" && aws_glue_crawler.clean[0].s3_target[0].path == "s3://velib-insights-naw-seu-2326/clean/source=velib/"
    error_message = "The crawler is velib_clean_crawler and crawls clean/source=velib/, so that its table is source_velib."
  }
  assert {
    condition     = join(" ", keys(aws_glue_catalog_table.projected)) == "quarantine ticks"
    error_message = "The crawler makes source_velib; ticks and quarantine are declared."
  }
  assert {
    condition     = aws_athena_workgroup.velib.name == "velib_workgroup" && aws_athena_workgroup.velib.configuration[0].bytes_scanned_cutoff_per_query == 1073741824 && aws_athena_workgroup.velib.configuration[0].enforce_workgroup_configuration
    error_message = "The workgroup is velib_workgroup; its limit binds every query."
  }
  assert {
    condition     = aws_athena_workgroup.velib.configuration[0].result_configuration[0].output_location == "s3://velib-insights-naw-seu-2326/athena-results/"
    error_message = "Results go to athena-results/."
  }
  assert {
    condition     = output.prefixes.raw == "raw/source=velib/" && output.prefixes.clean == "clean/source=velib/"
    error_message = "The lake's keys are raw/source=velib/ and clean/source=velib/."
  }
  assert {
    condition     = length(module.clean_function) == 0 && length(module.publish) == 1
    error_message = "By default Glue cleans, and the site is published."
  }
  assert {
    condition     = length(aws_sns_topic.alarms) == 0 && length(aws_cloudwatch_metric_alarm.pipeline_failed.alarm_actions) == 0
    error_message = "Without an address no alarm is sent."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.no_fresh_tick.evaluation_periods == 9 && aws_cloudwatch_metric_alarm.no_fresh_tick.treat_missing_data == "breaching"
    error_message = "No fresh tick for 45 minutes is an alarm, and silence is no tick."
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.status == "Enabled"]) && toset(flatten([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.filter[*].prefix if startswith(rule.id, "expire")])) == toset(["raw/source=velib/", "athena-results/", "glue/tmp/"])
    error_message = "Raw answers, results and temporary files expire."
  }
}

run "lean" {
  command = plan

  variables {
    clean_engine = "lambda"
    catalog      = "projection"
  }

  assert {
    condition     = length(aws_glue_job.clean) == 0 && length(aws_glue_crawler.clean) == 0 && length(module.crawler_role) == 0 && length(aws_s3_object.clean_wheel) == 0
    error_message = "The lean profile has no job, no crawler and nothing that belongs to them."
  }
  assert {
    condition     = module.clean_function[0].function_name == "velib_clean_lambda" && output.clean_job == null && output.crawler == null
    error_message = "A function cleans."
  }
  assert {
    condition     = join(" ", keys(aws_glue_catalog_table.projected)) == "quarantine source_velib ticks"
    error_message = "source_velib is declared, since nothing crawls it."
  }
  assert {
    condition     = aws_glue_catalog_table.projected["source_velib"].parameters["storage.location.template"] == "s3://velib-insights-naw-seu-2326/clean/source=velib/date=$${date}/hour=$${hour}/"
    error_message = "Athena finds an hour by its pattern."
  }
}

run "lab" {
  command = plan

  variables {
    existing_role_name = "LabRole"
    schedule_kind      = "rule"
    alarm_email        = "team@example.org"
  }

  assert {
    condition = alltrue([for policy in [
      module.ingest_role.policy, module.clean_role.policy, module.crawler_role[0].policy, module.publish_role[0].policy,
      module.pipeline_role.policy, module.kpi_views_role.policy, module.schedule_role.policy,
    ] : policy == null])
    error_message = "A lab may not make a role."
  }
  assert {
    condition = toset([
      module.ingest.role_arn, module.publish[0].role_arn, aws_glue_job.clean[0].role_arn,
      aws_glue_crawler.clean[0].role, aws_sfn_state_machine.pipeline.role_arn, aws_sfn_state_machine.kpi_views.role_arn,
      aws_cloudwatch_event_target.pipeline[0].role_arn,
    ]) == toset(["arn:aws:iam::123456789012:role/LabRole"])
    error_message = "Everything runs as LabRole."
  }
  assert {
    condition     = length(aws_scheduler_schedule.pipeline) == 0 && aws_cloudwatch_event_rule.pipeline[0].name == "velib_pipeline_schedule"
    error_message = "The rule stands in for the schedule, by the same name."
  }
  assert {
    condition     = aws_cloudwatch_event_target.pipeline[0].input_transformer[0].input_template == "{\"tick\": <time>}"
    error_message = "The rule's time is the tick."
  }
  assert {
    condition     = aws_sns_topic_subscription.alarms[0].endpoint == "team@example.org"
    error_message = "Alarms are sent to the address given."
  }
}

run "another_network" {
  command = plan

  variables {
    network          = "lyon"
    feed             = "https://example.org/gbfs/gbfs.json"
    cadence          = 5
    clean_engine     = "lambda"
    catalog          = "projection"
    publish          = false
    schedule_enabled = false
    log_executions   = false
    settings         = { VELIB_READ_TIMEOUT = "20" }
  }

  assert {
    condition     = aws_glue_catalog_table.projected["source_velib"].storage_descriptor[0].location == "s3://velib-insights-naw-seu-2326/clean/source=lyon/"
    error_message = "The table keeps its name, which the views read, and lies where the network's hours are."
  }
  assert {
    condition     = module.ingest.environment["VELIB_SOURCE"] == "lyon" && module.ingest.environment["VELIB_CADENCE"] == "5" && module.ingest.environment["VELIB_READ_TIMEOUT"] == "20"
    error_message = "The functions have the settings in their environment."
  }
  assert {
    condition     = aws_scheduler_schedule.pipeline[0].schedule_expression == "cron(0/5 * * * ? *)" && aws_scheduler_schedule.pipeline[0].state == "DISABLED" && !aws_cloudwatch_metric_alarm.no_fresh_tick.actions_enabled
    error_message = "A schedule that is off starts nothing, and no alarm is raised for ticks that do not come."
  }
  assert {
    condition     = aws_sfn_state_machine.pipeline.logging_configuration[0].level == "OFF" && !strcontains(module.pipeline_role.policy, "logs:")
    error_message = "What delivers no logs needs no right to."
  }
  assert {
    condition     = length(module.publish) == 0
    error_message = "Nothing is published."
  }
}

run "hourly_and_by_names_of_ones_own" {
  command = plan

  variables {
    cadence              = 60
    stale_after_minutes  = 180
    raw_retention_days   = 0
    bucket_name          = "another-bucket"
    ingest_function_name = "another_ingest"
    pipeline_name        = "another_pipeline"
    database_name        = "another_db"
  }

  assert {
    condition     = aws_scheduler_schedule.pipeline[0].schedule_expression == "cron(0 * * * ? *)"
    error_message = "Every hour is a schedule of its own form."
  }
  assert {
    condition     = !contains([for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.id], "expire_raw")
    error_message = "With 0 days raw answers are kept for ever."
  }
  assert {
    condition     = strcontains(aws_sfn_state_machine.pipeline.definition, ":function:another_ingest") && module.ingest.environment["VELIB_LAKE"] == "s3://another-bucket"
    error_message = "Names are variables."
  }
}

run "the_key_of_the_feed_is_for_ingest_alone" {
  command = plan

  variables {
    feed_header = "Authorization: Bearer key"
  }

  assert {
    condition     = module.ingest.environment["VELIB_FEED_HEADER"] == "Authorization: Bearer key"
    error_message = "The ingest function has the key of the feed."
  }
  assert {
    condition     = !contains(keys(module.publish[0].environment), "VELIB_FEED_HEADER")
    error_message = "The publisher does not need the key of the feed."
  }
}

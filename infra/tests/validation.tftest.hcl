# Each value here would hurt later; the plan must refuse it, and say why.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  artifacts_dir = "./tests/artifacts"
}

run "region_in_words" {
  command = plan

  variables {
    region = "Paris"
  }

  expect_failures = [var.region]
}

run "lab_in_a_region_it_denies" {
  command = plan

  variables {
    region             = "eu-west-3"
    existing_role_name = "LabRole"
  }

  expect_failures = [var.region]
}

run "project_with_a_space" {
  command = plan

  variables {
    project = "velib insights"
  }

  expect_failures = [var.project]
}

run "bucket_with_capitals" {
  command = plan

  variables {
    bucket_name = "Velib"
  }

  expect_failures = [var.bucket_name]
}

run "bucket_with_dots" {
  command = plan

  variables {
    bucket_name = "velib.insights"
  }

  expect_failures = [var.bucket_name]
}

run "raw_for_a_week" {
  command = plan

  variables {
    raw_retention_days = 7
  }

  expect_failures = [var.raw_retention_days]
}

run "results_for_no_day" {
  command = plan

  variables {
    results_retention_days = 0
  }

  expect_failures = [var.results_retention_days]
}

run "tmp_for_half_a_day" {
  command = plan

  variables {
    tmp_retention_days = 0.5
  }

  expect_failures = [var.tmp_retention_days]
}

run "logs_for_42_days" {
  command = plan

  variables {
    log_retention_days = 42
  }

  expect_failures = [var.log_retention_days]
}

run "network_with_a_hyphen" {
  command = plan

  variables {
    network = "velo-lyon"
    catalog = "projection"
  }

  expect_failures = [var.network]
}

run "network_the_crawler_would_misname" {
  command = plan

  variables {
    network = "lyon"
  }

  expect_failures = [var.network]
}

run "feed_that_is_no_address" {
  command = plan

  variables {
    feed = "paris"
  }

  expect_failures = [var.feed]
}

run "timezone_as_an_offset" {
  command = plan

  variables {
    timezone = "+02:00"
  }

  expect_failures = [var.timezone]
}

run "cadence_that_does_not_divide_an_hour" {
  command = plan

  variables {
    cadence      = 7
    clean_engine = "lambda"
    catalog      = "projection"
  }

  expect_failures = [var.cadence]
}

run "cadence_too_short_for_glue" {
  command = plan

  variables {
    cadence = 5
  }

  expect_failures = [var.cadence]
}

run "cadence_too_short_for_the_crawler" {
  command = plan

  variables {
    cadence      = 5
    clean_engine = "lambda"
  }

  expect_failures = [var.cadence]
}

run "setting_without_its_prefix" {
  command = plan

  variables {
    settings = { READ_TIMEOUT = "20" }
  }

  expect_failures = [var.settings]
}

run "setting_given_twice" {
  command = plan

  variables {
    settings = { VELIB_CADENCE = "5" }
  }

  expect_failures = [var.settings]
}

run "ingest_name_with_a_space" {
  command = plan

  variables {
    ingest_function_name = "velib ingest"
  }

  expect_failures = [var.ingest_function_name]
}

run "nothing_packaged" {
  command = plan

  variables {
    artifacts_dir = "./tests/mocks"
  }

  expect_failures = [var.artifacts_dir]
}

run "unknown_engine" {
  command = plan

  variables {
    clean_engine = "emr"
  }

  expect_failures = [var.clean_engine]
}

run "job_name_with_a_slash" {
  command = plan

  variables {
    clean_job_name = "velib/clean"
  }

  expect_failures = [var.clean_job_name]
}

run "one_worker" {
  command = plan

  variables {
    clean_workers = 1
  }

  expect_failures = [var.clean_workers]
}

run "clean_name_with_a_dot" {
  command = plan

  variables {
    clean_function_name = "velib.clean"
  }

  expect_failures = [var.clean_function_name]
}

run "database_with_a_hyphen" {
  command = plan

  variables {
    database_name = "velib-db"
  }

  expect_failures = [var.database_name]
}

run "unknown_catalog" {
  command = plan

  variables {
    catalog = "hive"
  }

  expect_failures = [var.catalog]
}

run "crawler_name_with_a_slash" {
  command = plan

  variables {
    crawler_name = "velib/crawler"
  }

  expect_failures = [var.crawler_name]
}

run "first_date_the_french_way" {
  command = plan

  variables {
    first_date = "01/01/2026"
  }

  expect_failures = [var.first_date]
}

run "first_date_that_never_was" {
  command = plan

  variables {
    first_date = "2026-02-30"
  }

  expect_failures = [var.first_date]
}

run "workgroup_with_a_space" {
  command = plan

  variables {
    workgroup_name = "velib workgroup"
  }

  expect_failures = [var.workgroup_name]
}

run "limit_below_what_athena_takes" {
  command = plan

  variables {
    bytes_scanned_limit = 1000000
  }

  expect_failures = [var.bytes_scanned_limit]
}

run "kpi_views_with_a_space" {
  command = plan

  variables {
    kpi_views_name = "kpi views"
  }

  expect_failures = [var.kpi_views_name]
}

run "publish_name_with_a_dot" {
  command = plan

  variables {
    publish_function_name = "velib.publish"
  }

  expect_failures = [var.publish_function_name]
}

run "pipeline_with_a_space" {
  command = plan

  variables {
    pipeline_name = "velib pipeline"
  }

  expect_failures = [var.pipeline_name]
}

run "schedule_with_a_slash" {
  command = plan

  variables {
    schedule_name = "velib/schedule"
  }

  expect_failures = [var.schedule_name]
}

run "unknown_schedule" {
  command = plan

  variables {
    schedule_kind = "cron"
  }

  expect_failures = [var.schedule_kind]
}

run "no_pause" {
  command = plan

  variables {
    settle_seconds = 0
  }

  expect_failures = [var.settle_seconds]
}

run "alarms_to_nobody" {
  command = plan

  variables {
    alarm_email = "team"
  }

  expect_failures = [var.alarm_email]
}

run "stale_after_seven_minutes" {
  command = plan

  variables {
    stale_after_minutes = 33
  }

  expect_failures = [var.stale_after_minutes]
}

run "stale_before_the_next_tick" {
  command = plan

  variables {
    stale_after_minutes = 25
  }

  expect_failures = [var.stale_after_minutes]
}

run "every_row_is_an_alarm" {
  command = plan

  variables {
    refused_percent = 0
  }

  expect_failures = [var.refused_percent]
}

run "a_key_without_a_name" {
  command = plan

  variables {
    feed_header = "only-the-key"
  }

  expect_failures = [var.feed_header]
}

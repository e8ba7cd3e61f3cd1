# Whose it is, and where

variable "region" {
  description = "AWS region that holds everything. Student labs allow us-east-1 alone."
  type        = string
  default     = "us-east-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the code of an AWS region, such as us-east-1: its name in words is unknown to AWS."
  }
  validation {
    condition     = var.existing_role_name != "LabRole" || var.region == "us-east-1"
    error_message = "A student lab (existing_role_name = \"LabRole\") denies every call to a region other than us-east-1."
  }
}

variable "project" {
  description = "Tag `project`, name of the alarms, and dimension of the metrics."
  type        = string
  default     = "velib-insights"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,31}$", var.project))
    error_message = "project is part of names that allow only lower case letters, digits and hyphens, 2 to 32 of them."
  }
}

variable "owner" {
  description = "Tag `owner` of every resource."
  type        = string
  default     = "team-naw-seu"
}

variable "course" {
  description = "Tag `course` of every resource."
  type        = string
  default     = "data-pipeline-episen"
}

variable "existing_role_name" {
  description = "An existing role for every component, such as LabRole in a student lab. Empty: one role each, with exactly the rights it needs."
  type        = string
  default     = ""
}

# The lake

variable "bucket_name" {
  description = "Bucket of the lake. Bucket names are unique worldwide: choose your own."
  type        = string
  default     = "velib-insights-naw-seu-2326"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.bucket_name))
    error_message = "bucket_name must have 3 to 63 lower case letters, digits and hyphens. S3 would also allow dots, but its certificate does not cover them, and the bucket is TLS only."
  }
}

variable "raw_retention_days" {
  description = "Days after which raw responses are deleted; 0 keeps them for ever. Clean data stays, but can no longer be rebuilt."
  type        = number
  default     = 400

  validation {
    condition     = var.raw_retention_days == 0 || (var.raw_retention_days >= 30 && floor(var.raw_retention_days) == var.raw_retention_days)
    error_message = "raw_retention_days must be 0 or a whole number from 30 on: a fault in the cleaning that is found after a month could not be corrected without the raw responses."
  }
}

variable "results_retention_days" {
  description = "Days after which results of Athena queries are deleted."
  type        = number
  default     = 30

  validation {
    condition     = var.results_retention_days >= 1 && floor(var.results_retention_days) == var.results_retention_days
    error_message = "results_retention_days must be a whole number from 1 on: S3 expires by the day."
  }
}

variable "tmp_retention_days" {
  description = "Days after which Glue's temporary files are deleted."
  type        = number
  default     = 7

  validation {
    condition     = var.tmp_retention_days >= 1 && floor(var.tmp_retention_days) == var.tmp_retention_days
    error_message = "tmp_retention_days must be a whole number from 1 on: S3 expires by the day."
  }
}

variable "delete_data_on_destroy" {
  description = "Whether `terraform destroy` deletes the lake with everything in it. If not, destroy fails while the bucket contains data."
  type        = bool
  default     = false
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the spans that CloudWatch offers: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

# Ingest

variable "network" {
  description = "Name of the network in the lake (`source` in its keys): lower case letters, digits and underscores."
  type        = string
  default     = "velib"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,39}$", var.network))
    error_message = "network is part of keys and may contain only lower case letters, digits and underscores: at most 40, starting with a letter."
  }
  validation {
    condition     = var.network == "velib" || var.catalog == "projection"
    error_message = "The crawler names its table after the folder, so with another network it would not be source_velib, which the views read. Set catalog = \"projection\" too."
  }
}

variable "feed" {
  description = "Where the data comes from: velib, opendatasoft, or the URL of a gbfs.json or Opendatasoft dataset."
  type        = string
  default     = "velib"

  validation {
    condition     = contains(["velib", "opendatasoft"], var.feed) || can(regex("^https?://[^[:space:]]+$", var.feed))
    error_message = "feed must be velib, opendatasoft or an http(s) URL: anything else the first run would refuse."
  }
}

variable "feed_header" {
  description = "HTTP header with the key of the feed, as Authorization: Bearer …, one a line; set it as TF_VAR_feed_header. Only the ingest function has it in its environment."
  type        = string
  default     = ""
  sensitive   = true

  validation {
    condition     = alltrue([for line in split("\n", trimspace(var.feed_header)) : can(regex("^[A-Za-z0-9_-]+:[[:space:]]*[^[:space:]]", line)) || trimspace(line) == ""])
    error_message = "feed_header must be a header a line, written Name: value. Anything else the first run would refuse."
  }
}

variable "timezone" {
  description = "Time zone of the network's city, for local dates, hours and weekdays. Needed where the feed's system_information does not say it: the lake remembers it in network.json."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Z][A-Za-z_]+(/[A-Z][A-Za-z_-]+)+|UTC|)$", var.timezone))
    error_message = "timezone must be a name such as Europe/Paris: an offset or abbreviation does not know summer time."
  }
}

variable "cadence" {
  description = "Minutes between two ticks, and between two runs of the pipeline."
  type        = number
  default     = 15

  validation {
    condition     = contains([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60], var.cadence)
    error_message = "cadence must divide an hour (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30 or 60): a schedule can start runs at the same minutes of every hour only."
  }
  validation {
    condition     = var.cadence >= 10 || (var.clean_engine == "lambda" && var.catalog == "projection")
    error_message = "With Glue's job or crawler a run takes some minutes: below a cadence of 10 the runs would pile up. Set clean_engine = \"lambda\" and catalog = \"projection\" too."
  }
}

variable "settings" {
  description = "Further settings of the product, as `{ VELIB_READ_TIMEOUT = \"20\" }`; docs/reference/settings.md lists them."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.settings) : can(regex("^VELIB_[A-Z0-9_]+$", name))])
    error_message = "settings takes the product's settings by their environment names, which begin with VELIB_."
  }
  validation {
    condition     = length(setintersection(keys(var.settings), ["VELIB_LAKE", "VELIB_SOURCE", "VELIB_FEED", "VELIB_CADENCE", "VELIB_TIMEZONE", "VELIB_PROJECT", "VELIB_FEED_HEADER"])) == 0
    error_message = "lake, source, feed, cadence, timezone, project and feed_header have variables of their own (bucket_name, network, feed, cadence, timezone, project, feed_header): given twice they could differ between schedule and function, and a key among the settings would be shown."
  }
}

variable "ingest_function_name" {
  description = "Lambda function that fetches the feed and stores the response."
  type        = string
  default     = "velib_ingest_lambda"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.ingest_function_name))
    error_message = "ingest_function_name must have 1 to 64 letters, digits, hyphens and underscores, as Lambda demands."
  }
}

variable "artifacts_dir" {
  description = "Folder that `tools/package_aws.py` wrote."
  type        = string
  default     = "../dist/aws"

  validation {
    condition     = fileexists("${var.artifacts_dir}/manifest.json")
    error_message = "There is nothing to deploy yet: run `just package` first (or `uv run python tools/package_aws.py`), or say with artifacts_dir where it was written."
  }
}

# Clean

variable "clean_engine" {
  description = "What cleans: `glue`, a Spark job, or `lambda`, the same function without Spark, for less than a hundredth of the price."
  type        = string
  default     = "glue"

  validation {
    condition     = contains(["glue", "lambda"], var.clean_engine)
    error_message = "clean_engine must be glue or lambda: nothing else can run the cleaning."
  }
}

variable "clean_job_name" {
  description = "Glue job that cleans, with clean_engine = \"glue\"."
  type        = string
  default     = "velib_clean_job"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.clean_job_name))
    error_message = "clean_job_name is part of the job's ARN and log groups and may contain only letters, digits, hyphens and underscores."
  }
}

variable "clean_workers" {
  description = "Workers of the Glue job, of the smallest kind (G.1X)."
  type        = number
  default     = 2

  validation {
    condition     = var.clean_workers >= 2 && var.clean_workers <= 10 && floor(var.clean_workers) == var.clean_workers
    error_message = "clean_workers must be 2 to 10: Glue takes no fewer than 2 for Spark, and more than 10 only cost, since a year of hours is cleaned in minutes."
  }
}

variable "clean_function_name" {
  description = "Lambda function that cleans, with clean_engine = \"lambda\"."
  type        = string
  default     = "velib_clean_lambda"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.clean_function_name))
    error_message = "clean_function_name must have 1 to 64 letters, digits, hyphens and underscores, as Lambda demands."
  }
}

# Catalog

variable "database_name" {
  description = "Glue database of the tables and views."
  type        = string
  default     = "velib_db_tf"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,127}$", var.database_name))
    error_message = "database_name must have lower case letters, digits and underscores only, a letter first: Athena would want quotes around anything else."
  }
}

variable "catalog" {
  description = "How Athena finds new hours: `crawler` registers them after each run; with `projection` Athena derives them itself, at no cost."
  type        = string
  default     = "crawler"

  validation {
    condition     = contains(["crawler", "projection"], var.catalog)
    error_message = "catalog must be crawler or projection: nothing else would tell Athena of new hours."
  }
}

variable "crawler_name" {
  description = "Glue crawler that creates the table source_velib, with catalog = \"crawler\"."
  type        = string
  default     = "velib_clean_crawler"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.crawler_name))
    error_message = "crawler_name is part of the crawler's ARN and may contain only letters, digits, hyphens and underscores."
  }
}

variable "first_date" {
  description = "UTC date (YYYY-MM-DD) of the oldest data: the first projected partition that Athena looks for."
  type        = string
  default     = "2026-01-01"

  validation {
    condition     = can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", var.first_date)) && can(timeadd("${var.first_date}T00:00:00Z", "0s"))
    error_message = "first_date must be a calendar date written YYYY-MM-DD: with any other text Athena finds no partition at all, without an error."
  }
}

# KPI

variable "workgroup_name" {
  description = "Athena workgroup for creating and querying the views."
  type        = string
  default     = "velib_workgroup"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,128}$", var.workgroup_name))
    error_message = "workgroup_name must have 1 to 128 letters, digits, dots, hyphens and underscores, as Athena demands."
  }
}

variable "bytes_scanned_limit" {
  description = "Bytes that one query may scan before Athena stops it. At $5 a TB the default costs half a cent."
  type        = number
  default     = 1073741824

  validation {
    condition     = var.bytes_scanned_limit >= 10485760 && floor(var.bytes_scanned_limit) == var.bytes_scanned_limit
    error_message = "bytes_scanned_limit must be a whole number from 10485760 (10 MB) on: that is the least that Athena takes, and the least that it bills."
  }
}

variable "kpi_views_name" {
  description = "State machine that creates the views."
  type        = string
  default     = "velib_kpi_views"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.kpi_views_name))
    error_message = "kpi_views_name must have 1 to 80 letters, digits, hyphens and underscores, as Step Functions demands."
  }
}

# Publish

variable "publish" {
  description = "Whether each run publishes the site to the bucket, under `site/`."
  type        = bool
  default     = true
}

variable "publish_function_name" {
  description = "Lambda function that publishes the site."
  type        = string
  default     = "velib_publish_lambda"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.publish_function_name))
    error_message = "publish_function_name must have 1 to 64 letters, digits, hyphens and underscores, as Lambda demands."
  }
}

# Orchestration

variable "pipeline_name" {
  description = "State machine that runs the steps of a tick."
  type        = string
  default     = "velib_pipeline"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,80}$", var.pipeline_name))
    error_message = "pipeline_name must have 1 to 80 letters, digits, hyphens and underscores, as Step Functions demands."
  }
}

variable "schedule_name" {
  description = "EventBridge schedule that starts the pipeline."
  type        = string
  default     = "velib_pipeline_schedule"

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,64}$", var.schedule_name))
    error_message = "schedule_name must have 1 to 64 letters, digits, dots, hyphens and underscores, as EventBridge demands."
  }
}

variable "schedule_enabled" {
  description = "Whether the schedule starts the pipeline. If not, nothing runs and costs unless started by hand."
  type        = bool
  default     = true
}

variable "schedule_kind" {
  description = "`scheduler` (EventBridge Scheduler) or `rule` (an EventBridge rule), for an account whose role EventBridge Scheduler may not use."
  type        = string
  default     = "scheduler"

  validation {
    condition     = contains(["scheduler", "rule"], var.schedule_kind)
    error_message = "schedule_kind must be scheduler or rule: EventBridge knows no other."
  }
}

variable "settle_seconds" {
  description = "Pause between ingest and clean."
  type        = number
  default     = 5

  validation {
    condition     = var.settle_seconds >= 1 && var.settle_seconds <= 300 && floor(var.settle_seconds) == var.settle_seconds
    error_message = "settle_seconds must be a whole number from 1 to 300: a longer pause would eat the time until the next run."
  }
}

# Monitoring

variable "alarm_email" {
  description = "E-mail address for alarms, which has to confirm. Empty: alarms are in CloudWatch only."
  type        = string
  default     = ""

  validation {
    condition     = var.alarm_email == "" || can(regex("^[^@[:space:]]+@[^@[:space:]]+\\.[^@[:space:]]+$", var.alarm_email))
    error_message = "alarm_email must be empty or an e-mail address: alarms sent elsewhere would be lost without an error."
  }
}

variable "stale_after_minutes" {
  description = "Minutes without a usable tick after which an alarm is raised."
  type        = number
  default     = 45

  validation {
    condition     = var.stale_after_minutes % 5 == 0 && var.stale_after_minutes <= 1440
    error_message = "stale_after_minutes must be a multiple of 5, at most 1440: it is counted in periods of five minutes, and CloudWatch looks back a day at most."
  }
  validation {
    condition     = var.stale_after_minutes >= 2 * var.cadence
    error_message = "stale_after_minutes must be at least twice the cadence: one lost tick is no alarm."
  }
}

variable "refused_percent" {
  description = "Share of refused rows in an hour, in percent, from which on an alarm is raised."
  type        = number
  default     = 5

  validation {
    condition     = var.refused_percent > 0 && var.refused_percent <= 100
    error_message = "refused_percent must be above 0 and at most 100: at 0 the alarm would never rest."
  }
}

variable "log_executions" {
  description = "Whether the state machines log what failed. Their history is kept by Step Functions for 90 days in any case; switch it off where an existing role may not deliver logs."
  type        = bool
  default     = true
}

# A student lab: one region, one role that is there already, and a budget that a crawl every 15 minutes would use up, so lean too.
region             = "us-east-1"
existing_role_name = "LabRole"
clean_engine       = "lambda"
catalog            = "projection"
publish            = false

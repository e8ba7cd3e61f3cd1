# Addresses of a state from before functions and roles were modules: what was deployed stays as it is.

moved {
  from = aws_s3_object.ingest_code
  to   = module.ingest.aws_s3_object.code
}

moved {
  from = aws_lambda_function.ingest
  to   = module.ingest.aws_lambda_function.this
}

moved {
  from = aws_cloudwatch_log_group.ingest
  to   = module.ingest.aws_cloudwatch_log_group.this[0]
}

moved {
  from = aws_s3_object.clean_code[0]
  to   = module.clean_function[0].aws_s3_object.code
}

moved {
  from = aws_lambda_function.clean[0]
  to   = module.clean_function[0].aws_lambda_function.this
}

moved {
  from = aws_s3_object.publish_code[0]
  to   = module.publish[0].aws_s3_object.code
}

moved {
  from = aws_lambda_function.publish[0]
  to   = module.publish[0].aws_lambda_function.this
}

moved {
  from = aws_cloudwatch_log_group.publish[0]
  to   = module.publish[0].aws_cloudwatch_log_group.this[0]
}

moved {
  from = aws_iam_role.ingest[0]
  to   = module.ingest_role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.ingest[0]
  to   = module.ingest_role.aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.clean[0]
  to   = module.clean_role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.clean[0]
  to   = module.clean_role.aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.crawler[0]
  to   = module.crawler_role[0].aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.crawler[0]
  to   = module.crawler_role[0].aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.kpi_views[0]
  to   = module.kpi_views_role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.kpi_views[0]
  to   = module.kpi_views_role.aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.publish[0]
  to   = module.publish_role[0].aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.publish[0]
  to   = module.publish_role[0].aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.pipeline[0]
  to   = module.pipeline_role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.pipeline[0]
  to   = module.pipeline_role.aws_iam_role_policy.this[0]
}

moved {
  from = aws_iam_role.schedule[0]
  to   = module.schedule_role.aws_iam_role.this[0]
}

moved {
  from = aws_iam_role_policy.schedule[0]
  to   = module.schedule_role.aws_iam_role_policy.this[0]
}

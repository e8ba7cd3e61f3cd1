output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "runtime" {
  description = "Runtime of the function."
  value       = aws_lambda_function.this.runtime
}

output "role_arn" {
  description = "Role that the function runs as."
  value       = aws_lambda_function.this.role
}

output "environment" {
  description = "Environment variables of the function."
  value       = aws_lambda_function.this.environment[0].variables
}

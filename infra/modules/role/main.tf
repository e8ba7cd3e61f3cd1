# A role that one service assumes, with one inline policy; or the role that exists already.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }
}

variable "name" {
  description = "Name of the role."
  type        = string
}

variable "create" {
  description = "Whether to create the role. Where it is false, `existing_arn` is used."
  type        = bool
  default     = true
}

variable "existing_arn" {
  description = "ARN of the role to use where none is created."
  type        = string
  default     = ""
}

variable "assume_role_policy" {
  description = "Trust policy, as JSON: which service may assume the role."
  type        = string
}

variable "policy_name" {
  description = "Name of the inline policy."
  type        = string
}

variable "statements" {
  description = "Statements of the inline policy."
  type        = any
}

resource "aws_iam_role" "this" {
  count              = var.create ? 1 : 0
  name               = var.name
  assume_role_policy = var.assume_role_policy
}

resource "aws_iam_role_policy" "this" {
  count = var.create ? 1 : 0
  name  = var.policy_name
  role  = aws_iam_role.this[0].id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = var.statements
  })
}

output "arn" {
  description = "ARN of the role, once its policy is attached."
  value       = var.create ? aws_iam_role.this[0].arn : var.existing_arn
  depends_on  = [aws_iam_role_policy.this]
}

output "policy" {
  description = "Inline policy of the role, as JSON; null where no role is created."
  value       = one(aws_iam_role_policy.this[*].policy)
}

variable "name" {
  description = "Name of the function, of its zip in the bucket and of its log group."
  type        = string
}

variable "description" {
  description = "What the function does, in one line."
  type        = string
}

variable "zip" {
  description = "Path of the zip on this machine."
  type        = string
}

variable "bucket" {
  description = "Bucket that the zip is copied to."
  type        = string
}

variable "key_prefix" {
  description = "Prefix of the zip's key, with its slash."
  type        = string
}

variable "handler" {
  description = "Dotted name of the handler."
  type        = string
}

variable "runtime" {
  description = "Runtime that the libraries in the zip were built for."
  type        = string
}

variable "role_arn" {
  description = "Role that the function runs as."
  type        = string
}

variable "memory_mb" {
  description = "Memory in MB; the processor grows with it."
  type        = number
}

variable "timeout_s" {
  description = "Seconds after which a call is ended."
  type        = number
}

variable "ephemeral_storage_mb" {
  description = "Room under /tmp in MB; null leaves AWS's 512."
  type        = number
  default     = null
}

variable "environment" {
  description = "Environment variables: the product's settings."
  type        = map(string)
}

variable "create_log_group" {
  description = "Whether to create the log group here; false where the caller has one of that name."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "Days that logs are kept."
  type        = number
}

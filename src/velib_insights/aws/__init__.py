"""The entry points of the pipeline on AWS: Lambda handlers and the body of the Glue job."""

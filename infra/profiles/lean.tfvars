# About a dollar a month instead of some 250: the same figures from the same code, without Spark and without a crawler.
clean_engine = "lambda"
catalog      = "projection"

# Under a dollar a month instead of some 250 (`velib cost`): the same figures from the same code, without Spark, without a crawler, and without a site written after every run, which alone would double the bill (`velib serve` shows the same page).
clean_engine = "lambda"
catalog      = "projection"
publish      = false

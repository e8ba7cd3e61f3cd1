"""Import: what was recorded elsewhere, through the same raw store as the live feed, with every file accounted for.

`survey` reads every document once and says what it is and what dates it; `plan` dates the bodies and puts them
together as fetches; `store` writes the fetches. Start with `survey`.
"""

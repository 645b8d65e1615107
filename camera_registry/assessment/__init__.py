"""Assessment: rates of a period, coverage, outages, resilience and scores, with what made them."""

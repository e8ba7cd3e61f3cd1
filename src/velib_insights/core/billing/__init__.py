"""What a month on AWS costs: prices with their source, and the quantities of each setting. Start with `bill`."""

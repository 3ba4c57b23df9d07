"""The speed budgets, as ratios measured in one run: ``make bench`` prints them."""

"""Work and its life: what a report's states are and what comes next.  Knows neither client nor files."""

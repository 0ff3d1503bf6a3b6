"""A pretend Dailymotion: an invented world, real reports about it, and the service that hands them out."""

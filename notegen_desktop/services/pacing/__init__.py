"""When a request may go: limits learnt and set, circuit breaker, retries, daily quotas.

Requests come in by `rate_limiter`, which every request of the program passes.
"""

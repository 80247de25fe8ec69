"""Pacing of requests: learnt and set limits, circuit breaker, retries, daily quotas.

Every request of the program passes through `rate_limiter`.
"""

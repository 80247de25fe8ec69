"""Estimates the cost of notes before anything is sent, and the price of usage.

Enter by `estimate`; prices are a dated table.
"""

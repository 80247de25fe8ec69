"""What a note will take before anything is sent, and what was used costs.

Come in by `estimate`; prices are a dated table.
"""

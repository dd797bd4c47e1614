"""The ACD: seat states, skill groups, matching, leases; truth lives in Redis.

Knows Redis and ami_bridge.  Never speaks SQL.
"""

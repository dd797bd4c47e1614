"""Which line goes where and who may join a call.

Knows the directory of crm, seats and ami_bridge.  Never speaks to the web.
"""

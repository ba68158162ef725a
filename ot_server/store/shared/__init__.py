"""What is written once for all databases: a module for each part of the contract.

Each method says by its decorator whether it only reads.  SQL here is what all of them
understand; what they say differently is a name from `transactions`.
"""

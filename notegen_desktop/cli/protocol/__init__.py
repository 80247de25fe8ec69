"""`notegen mcp`: the Model Context Protocol's server, and the tools that it offers.

The command line comes in by `server`; `tools` wants the protocol's SDK and is imported late.
"""

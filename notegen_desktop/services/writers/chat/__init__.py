"""Writers for servers of the user's choice: OpenAI's chat form, Ollama's own, Anthropic's messages.

Enter by `writer`. `wires` has the requests and events of each protocol.
"""

"""Writers for servers of the user's choice: OpenAI's chat form, Ollama's own, Anthropic's messages.

Come in by `writer`. What each is sent, and what an event of its answer means, is in `wires`.
"""

"""The place to ask: the conversation, the field for the next question, and what an answer costs."""

"""The database below the library: its connections, its one writer, its failures in words, and who
else has it open. Knows neither notes nor runs; the modules of the library come in here.
"""

"""The database below the library: connections, the single writer, translated errors, and other
programs' presence. Knows neither notes nor runs; used by the library's modules."""

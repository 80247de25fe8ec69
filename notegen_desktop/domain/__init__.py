"""What the program is about, in plain Python: no Qt, network, database, files or clock."""

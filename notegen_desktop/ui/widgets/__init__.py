"""Small parts that know nothing of notes: chips, notices, labels that shorten themselves."""

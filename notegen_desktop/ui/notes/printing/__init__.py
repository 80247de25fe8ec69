"""Notes as PDF files, for paper: in the window, or in a process of its own where there is none."""

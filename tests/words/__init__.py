"""The words of the program: all are marked, and every catalogue is sound."""

"""What stands beside a note and moves with it: the words that were said, and the film."""

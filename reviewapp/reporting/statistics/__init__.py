"""What a lead asks while the work goes on: how fast, how much is left, until when, and what was found and excluded."""

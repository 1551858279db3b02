"""Judgements as files: ours, written and read again equal, and those of other programs. Plain values, no database."""

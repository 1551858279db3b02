"""What the method says about texts, codes and themes, as plain functions over plain values."""

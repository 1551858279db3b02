"""The whole of a review in one file that anybody can read and check without Tandem."""

"""Changes, one function for each thing a person does. Lock order everywhere: review, records by id, judgement, audit head."""

"""Rules about full texts as plain functions over plain values: places in a text, files and reports, reports of one study."""

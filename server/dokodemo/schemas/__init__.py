"""JSON to domain values and back. Schemas check form; they never query and never judge."""

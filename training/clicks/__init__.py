"""How many clicks an assistant needs: a simulated annotator clicks as the field's measure wants it."""

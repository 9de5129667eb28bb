"""What the agent stands on: the journal of findings and its sender, problems, copied output, held-back interrupts."""

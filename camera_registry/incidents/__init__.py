"""What is to be repaired: from cameras' transitions to incidents and their life."""

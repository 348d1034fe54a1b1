"""Sound to pictures: the only front ends there are, shared by live, batch and training."""

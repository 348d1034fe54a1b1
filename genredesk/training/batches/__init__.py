"""Songs to batches: windows, augmentation, noise and speech that teach doubt."""

"""What a training is going to do, as data: recipe, protocols, augmentation."""

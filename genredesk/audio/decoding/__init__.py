"""Files as sound: which decoder opens one, and what keeps decoders from going wrong."""

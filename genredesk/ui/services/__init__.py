"""What every place uses and no place owns: jobs, bridge, settings, notices, dialogs."""

"""Where bytes land: written beside, synced, checked, renamed; never overwritten."""

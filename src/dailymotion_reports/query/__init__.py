"""What is asked: values only.  This room speaks to nobody, reads no clock and touches no disk."""

"""From files to typed rows.  Every type and the dialect are declared; nothing is sniffed."""

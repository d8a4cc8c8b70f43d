"""What a plan's managers set, on pages of their own: time to decide, automatic approval, letters."""

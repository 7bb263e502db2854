"""What each controller does, on a stopped clock."""
